"""Answers that were given before: to the same prompt, and where that is asked for, to one that means the same."""
