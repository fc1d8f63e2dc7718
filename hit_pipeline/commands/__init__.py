"""The commands of `hit`, one module per subject; `hit_pipeline.cli` puts them together."""
