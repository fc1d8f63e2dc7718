"""What each system recorded of a zone: one module per system, rows as that system writes them."""
