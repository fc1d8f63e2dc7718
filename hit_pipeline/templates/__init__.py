"""Workbooks people fill in by hand, and what is wrong in those they send back."""
