"""What must not be kept of a text: passwords, keys and tokens that it spells out."""
