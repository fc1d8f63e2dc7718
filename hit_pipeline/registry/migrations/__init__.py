"""The migrations of the registry: one module per version of its tables, never changed again."""
