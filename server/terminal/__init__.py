"""What commands print. In: answers and reports; out: lines on stdout and stderr.

Must not know how anything was found.
"""
