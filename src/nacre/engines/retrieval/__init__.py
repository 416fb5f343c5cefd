"""Finding passages: words for a full-text index, vectors in memory, and the ranks of both made into one."""
