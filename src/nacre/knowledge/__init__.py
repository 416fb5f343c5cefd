"""Knowledge: documents that people put in, and the passages that answer a question, found by meaning and by words."""
