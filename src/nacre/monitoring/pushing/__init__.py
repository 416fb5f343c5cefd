"""Passes what is measured on as it comes: to Prometheus' remote write, and by OTLP."""
