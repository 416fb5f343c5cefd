"""The outside world, one folder each, with no product rules."""
