"""What of this Nacre can be reached, by whom, and whether that is what was configured: read from the machine itself."""
