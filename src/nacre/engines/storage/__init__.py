"""Cloning directories as cheaply as the file system really allows: one file per driver, probed by `detect`."""
