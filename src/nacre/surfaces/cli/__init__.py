"""The command line: a thin client whose verbs come from the registry, and a few that work on this machine itself."""
