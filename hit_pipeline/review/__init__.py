"""Review: stewards answer what the rules are unsure of, on pages of their own machine or in Excel.

It reads the table `review_queue` and writes decisions to the registry; it builds no table. What it
shows names pupils: nothing of it goes into a log, an error or a file others may read.
"""
