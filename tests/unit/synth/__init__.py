"""Tests of the synthetic district."""
