"""What must not leave this machine: found in prompts, and replaced or refused before they go out."""
