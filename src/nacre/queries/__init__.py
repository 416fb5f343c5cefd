"""SQL over a branch, now or as it was."""
