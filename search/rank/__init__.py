"""Candidates in, points and an order out: what ask and recommend share.

Must not know ask, recommend or where figures are kept.
"""
