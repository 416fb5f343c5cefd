"""Images: the registry, what is kept in it, and the base that images of this machine are built on."""
