"""The probabilistic tier: who is who by names, birth dates and what else is told, with chances.

A library: it knows neither the registry nor the lake. `linking.link` asks who of the known each
record is; `clusters.deduplicate` finds the records of one file that are one person. splink blocks,
compares and trains; the posterior over all candidates and *nobody*, and what families share, are
put on top.
"""
