"""Sandboxes: people's processes apart from the machine and each other, behind one contract whatever makes them."""
