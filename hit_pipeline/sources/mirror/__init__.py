"""Places of files outside, mirrored: SSH servers, object stores and shares."""
