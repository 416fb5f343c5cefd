"""Previews: what a person runs while developing, started on demand in their sandbox and shown through the gateway."""
