"""Adapters to the outside: one module per protocol. They yield text rows; they never interpret."""
