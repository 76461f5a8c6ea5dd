"""The files of a generation in, their opened parts out: catalog, vectors, postings, centres.

Must not know questions, nor who asks.
"""
