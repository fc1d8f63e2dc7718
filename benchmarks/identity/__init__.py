"""How well identity does on synthetic districts of which the truth is known."""
