"""Dagster assets: each reads, calls one function of the core and returns with metadata.

Asset checks, partitions, jobs, schedules and sensors belong here too. Whatever could be tested
without Dagster belongs in `hit_pipeline`. No `from __future__ import annotations` in this package:
Dagster reads annotations at run time.
"""
