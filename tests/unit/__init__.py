"""Tests of single rooms; the folders mirror those of the code."""
