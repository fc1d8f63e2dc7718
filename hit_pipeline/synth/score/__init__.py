"""Scores a release of the pipeline against the answer key of the district it was made from."""
