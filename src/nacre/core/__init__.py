"""What everything stands on. Imports nothing above it."""
