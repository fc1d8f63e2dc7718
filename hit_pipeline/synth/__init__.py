"""The synthetic district: a believable world first, the files its systems would send second.

It imports nothing of the rest of ``hit_pipeline`` and nothing of the rest imports it (the command
line aside), so that no mistake of the pipeline can hide in the data it is tried on. Everybody in
it is invented.
"""
