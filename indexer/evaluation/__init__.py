"""A test collection in, a generation like that of lists out.

Must not know the web; measuring itself is search.evaluate's.
"""
