"""What every image stands on: a small userland and the languages, taken from this machine, without a registry."""
