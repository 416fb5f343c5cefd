"""One script per promise on speed: `./nacre bench NAME` measures it beside its peer and keeps the figures as JSON."""
