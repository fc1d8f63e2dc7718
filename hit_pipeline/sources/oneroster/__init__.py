"""OneRoster: CSV bundles and the REST service."""
