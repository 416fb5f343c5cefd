"""Operators on sets of texts: judged by a model item by item, several in one call, each remembered by itself."""
