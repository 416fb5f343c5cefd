"""Who may call: access tokens for people and agents."""
