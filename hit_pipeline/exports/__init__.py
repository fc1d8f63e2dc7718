"""Files that go out to others: each through the gate of `hit_pipeline.privacy.disclosure`."""
