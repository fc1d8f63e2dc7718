"""One module per version of the registry's tables; each is complete and imports none of ours."""
