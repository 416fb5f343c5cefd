"""Node: the system's, or one fetched on demand from a locked wheel."""
