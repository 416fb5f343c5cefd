"""What looks at each kind of subject: one file a kind."""
