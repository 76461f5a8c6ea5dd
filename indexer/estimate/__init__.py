"""Works that nobody rated in, how hard and how good they probably are out.

Must not know files, pages or how an answer is ranked.
"""
