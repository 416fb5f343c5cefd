"""The console as files: built from its sources on first use, and what is told about it when it cannot be."""
