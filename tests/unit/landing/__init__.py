"""Tests of the delivery store."""
