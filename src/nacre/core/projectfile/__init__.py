"""The project's own nacre.toml: how it is developed, how it is published, and what runs by the clock."""
