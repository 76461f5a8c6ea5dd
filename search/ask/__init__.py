"""A question in, ranked answers out: understand, retrieve, fuse, judge, rank.

Must not know taste, paths and likeness.
"""
