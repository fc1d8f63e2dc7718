"""The contract language: what a file of a vendor states, as models, and its mistakes."""
