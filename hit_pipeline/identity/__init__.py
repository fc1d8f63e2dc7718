"""Which source record is which person, decided once and remembered."""
