"""Logs: what every part has written, followed by a process of its own, kept on shelves, and searched."""
