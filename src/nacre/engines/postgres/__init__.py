"""PostgreSQL clusters: found, made, run, copied while running, and brought back to any of their commits."""
