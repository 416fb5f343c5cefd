"""Reranking: passages that were found, in the order of how well they answer; by plugins or by a language model."""
