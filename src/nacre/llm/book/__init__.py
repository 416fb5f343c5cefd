"""llm.db: what the side-car keeps for itself, and what does not travel back when a branch does."""
