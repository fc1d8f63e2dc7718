"""What goes wrong between the truth and the files: kinds, rates, and one function per kind."""
