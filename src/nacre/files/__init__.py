"""Files of a branch, now and at any moment: listed, read, traced, taken back."""
