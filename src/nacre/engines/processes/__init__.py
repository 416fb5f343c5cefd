"""Processes of the machine: run a command, keep a child alive, prove which process is ours before touching it."""
