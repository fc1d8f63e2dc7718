"""Great Expectations suites, one module per layer, and the code that runs them.

The only package that imports Great Expectations; it knows nothing of Dagster. What a table is
(columns, types, keys) is declared in `hit_pipeline.tables` and only turned into expectations here.
"""
