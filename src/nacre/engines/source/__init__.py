"""A project's source, read to tell what it is: its files, and what the manifests of its ecosystems say."""
