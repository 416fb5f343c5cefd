"""Keeps vectors in step with the tables they are made of: the worker's side. The queue itself is in the database."""
