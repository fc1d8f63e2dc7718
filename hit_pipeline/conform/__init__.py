"""Typed rows, then keyed tables: one module per subject."""
