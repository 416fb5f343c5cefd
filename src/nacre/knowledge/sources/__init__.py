"""Sources: what a collection is kept in step with, such as a folder, a site, a project's files or a table."""
