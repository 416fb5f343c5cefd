"""Text to vectors: the functions that SQL calls, and how long texts are cut before."""
