"""What rows say, in words and as a chart."""
