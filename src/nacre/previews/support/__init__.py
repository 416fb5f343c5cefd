"""Small programs shown to sandboxes, standing between a framework and a project. They import nothing of Nacre."""
