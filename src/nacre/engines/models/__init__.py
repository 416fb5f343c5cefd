"""Language models and embeddings: providers over HTTP, a local one, and the way among several."""
