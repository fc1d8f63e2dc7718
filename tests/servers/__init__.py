"""What real database servers make of the files; `.ci/run` installs those that PyPI has not."""
