"""Monitoring: what is happening, what happened, and a call before it hurts."""
