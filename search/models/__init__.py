"""Texts in, unit vectors out: which runtime serves which model.

Must not know lists, resources or generations.
"""
