"""Works in, the files of one generation out: cards, vectors, postings, facts.

Must not know lists or the web.
"""
