"""Entries in, resources out: one a work, its canonical address, kind and facts.

Must not know how lists are written, nor fetch a page.
"""
