"""One file per framework: how it is recognised, how it is run, and how it learns of its base path and port."""
