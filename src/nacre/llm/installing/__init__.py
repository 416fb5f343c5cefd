"""Puts pg_llm into databases that do not have it from the start: older branches, and PostgreSQL anywhere."""
