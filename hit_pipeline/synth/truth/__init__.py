"""What is true in a synthetic district, zone by zone, before any system records it.

A district is cut into attendance zones (`hit_pipeline.synth.truth.zone.Zone`): a few schools that
feed each other, with the families who live there. A zone is drawn by itself from the seed, so zones
are made side by side and a district of any size never stands in memory. Nothing in here knows a
file layout or a fault.
"""
