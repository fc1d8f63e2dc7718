"""A web service of a vendor, as its contract declares it."""
