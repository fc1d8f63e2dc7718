"""The Ed-Fi ODS/API as a source."""
