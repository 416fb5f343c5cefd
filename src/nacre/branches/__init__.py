"""Projects and their branches as they are now: rows, folders, running clusters, watched trees, credentials."""
