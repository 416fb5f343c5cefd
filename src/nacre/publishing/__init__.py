"""Publishing: apps, their releases and production databases, forward and back."""
