"""A student information system's database as a source."""
