"""A question in, ranked answers out: understand, retrieve, fuse, judge, rank.

Must not know the engine, nor taste, paths and likeness.
"""
