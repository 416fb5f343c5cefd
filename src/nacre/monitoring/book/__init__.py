"""metrics.db: what was measured, for a week as it was and for ninety days by the quarter of an hour."""
