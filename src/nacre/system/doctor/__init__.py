"""Looks at this machine with a person's eyes: one file per check in checks/, found by folder, some with a repair."""
