"""Building: from the exact source of a release to the image that is delivered."""
