"""The configuration that Caddy is started with."""
