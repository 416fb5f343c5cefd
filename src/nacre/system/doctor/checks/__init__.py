"""One file per check: to add one, add a file here with one subclass of Check or Repairable."""
