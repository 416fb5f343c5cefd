"""What the gateway's access log tells of published apps: how much was asked, what came of it, and how long it took."""
