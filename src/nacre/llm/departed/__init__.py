"""Branches that are gone: what they leave at the side-car, and what must go with them."""
