"""The synthetic district: a believable world first, then what its systems recorded of it.

``truth`` draws a zone; ``dirt`` says who and what each source has wrong; ``systems`` writes the
rows of each. `recording` puts them in order of nights, `spool` writes a zone's bytes and its lines
of the answer key (`key`), `joining` makes files of the zones, `generate` is the way in. ``score``
holds a release against the key.

It imports nothing of the rest of ``hit_pipeline`` and nothing of the rest imports it (the command
line aside), so that no mistake of the pipeline can hide in the data it is tried on. Everybody in
it is invented.
"""
