"""Caddy, the web server: found on this machine, configured once, and kept running."""
