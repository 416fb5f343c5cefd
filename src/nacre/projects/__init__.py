"""Projects and branches come and go: created, listed, compared, deleted."""
