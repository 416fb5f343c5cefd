"""The steps of the path, one file and one class each; `place` says where on the path it is."""
