"""What is wrong with a list: its links asked after, its entries compared, its form looked at.

In: a list and what its links answered; out: a report, and a patch of the list. Nothing is indexed.
Must not know how an address is asked (crawl) or how a report is shown.
"""
