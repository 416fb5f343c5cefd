"""Git repositories: one for each project, cloned, pulled and pushed with any git, and kept in step with branches."""
