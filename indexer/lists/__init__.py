"""Text of every format of reading list in, entries out.

Must not know of resources, pages or the web beyond fetching a list's own text.
"""
