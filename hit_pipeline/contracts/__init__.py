"""Package data: one commented TOML file per layout."""
