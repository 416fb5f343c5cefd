"""Nodes: the machines that joined, what each is for, and when it was last heard of."""
