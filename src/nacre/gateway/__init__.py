"""The way in from outside: one static Caddy before the daemon, and who may reach which content through it."""
