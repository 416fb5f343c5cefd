"""Log lines kept and found: packed blocks with Bloom filters of their words, and an open tail. One folder a source."""
