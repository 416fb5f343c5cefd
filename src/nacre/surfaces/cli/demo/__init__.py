"""The story that `nacre demo` tells, with everything that happens in it."""
