"""Benchmarks: ratios measured side by side, in one run on one machine. Never part of the tests."""
