"""The delivery store: every file as it arrived, for good."""
