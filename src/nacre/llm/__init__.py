"""Language models inside SQL: what `SELECT llm.chat(…)` reaches, and the same as operations."""
