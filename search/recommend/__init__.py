"""Works or marks in; what is like them, what comes next, in which order to learn, out.

Must not know marks' file or how answers are shown.
"""
