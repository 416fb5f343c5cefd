"""PostgreSQL elsewhere that calls in: by TLS, with a password of its own, and reached back by connection strings."""
