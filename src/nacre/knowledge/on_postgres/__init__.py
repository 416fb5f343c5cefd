"""Knowledge in PostgreSQL: vectors by pgvector, scanned or looked for in an HNSW graph; words by tsvector."""
