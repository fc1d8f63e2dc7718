"""Dosage rules, status effects and flags: versioned parameters, not code."""
