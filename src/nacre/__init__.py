"""Nacre: a self-hosted agentic Postgres runtime with a time machine under all of it."""

__version__ = "0.1.0"
