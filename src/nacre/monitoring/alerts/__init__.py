"""Alerts: conditions on what is measured, for how long they must hold, and who is told."""
