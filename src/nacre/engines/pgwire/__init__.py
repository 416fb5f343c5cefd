"""The server side of the PostgreSQL wire protocol: whoever speaks it can be answered."""
