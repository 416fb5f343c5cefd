"""Verbs that work on this machine itself: one file each, `command` in it; the file's name gives the words."""
