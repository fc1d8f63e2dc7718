"""Tests of the whole pipeline, run as a night runs."""
