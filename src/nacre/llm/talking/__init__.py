"""Talking with models: once, as a stream, in batches, in dialogues, and with answers that follow a schema."""
