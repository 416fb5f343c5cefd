"""What everything stands on: operations, principals, errors, settings, the control-plane store. Imports nothing above it."""
