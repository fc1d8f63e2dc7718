"""Rows that could not be typed or mapped: list them and say why."""
