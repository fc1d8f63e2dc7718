"""Files of every format as rows of text."""
