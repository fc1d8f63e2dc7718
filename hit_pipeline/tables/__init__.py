"""What every table is: one declaration per table, and what is derived from it."""
