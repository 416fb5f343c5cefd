"""Which models there are, by which name, with whose key, and within which limits."""
