"""Tests of the probabilistic tier."""
