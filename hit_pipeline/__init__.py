"""The core of the pipeline: sources, landing, conformed, identity, marts, release.

Importable without Dagster and without Great Expectations; importing it has no effect. Only
`hit_pipeline.definitions` sees the other packages. Nothing is re-exported here: import each name
from the module that defines it.
"""
