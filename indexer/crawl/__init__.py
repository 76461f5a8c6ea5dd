"""Addresses in, kept pages out: politely, within bounds, guarded at connect time.

Must not know what a page says or what it is wanted for.
"""
