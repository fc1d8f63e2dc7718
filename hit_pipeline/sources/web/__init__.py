"""Asking a web service: one question at a time, signed in, answers judged."""
