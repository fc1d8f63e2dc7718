"""Who may read a column, and what stands in its place."""
