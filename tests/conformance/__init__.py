"""Tests against files nobody here made; they need HIT_SAMPLES."""
