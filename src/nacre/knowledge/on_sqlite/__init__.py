"""Knowledge in data.db: vectors by sqlite-vec, and all of them in memory to be searched; words by FTS5."""
