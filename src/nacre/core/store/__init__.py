"""The control-plane store: data.db (SQLite), which never goes back in time when a project does."""
