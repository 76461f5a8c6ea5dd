"""Candidates in, points and an order out: what ask and recommend share.

Must not know the engine, ask or recommend.
"""
