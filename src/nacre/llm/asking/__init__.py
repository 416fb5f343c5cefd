"""Questions in people's words, answered by SQL that a model writes and a guard lets through."""
