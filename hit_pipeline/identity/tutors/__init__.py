"""Tutors across sources: who is one human under several keys, and which pairs a steward is asked.

The tiers before make a tutor of every identifier they cannot place (`accounts`). Here the accounts
are described (`descriptions`), compared by name, e-mail and school with the linkage library and by
what else logs and lists tell (`beside`, `judging`), clustered by average link, and the difference
to the registry is written as merges, splits and links (`together`).
"""
