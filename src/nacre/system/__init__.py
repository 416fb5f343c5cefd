"""The system as a whole: its status, its audit, its doctor."""
