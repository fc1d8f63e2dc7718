"""Promises about the code itself: what may import what, what packages export, what is installed."""
