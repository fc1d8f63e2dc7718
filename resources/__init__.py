"""Dagster resources: thin, configuration in and an object of the core out.

Logic belongs in `hit_pipeline`, expectations in `expectations`. No `from __future__ import
annotations` in this package: Dagster reads annotations at run time.
"""
