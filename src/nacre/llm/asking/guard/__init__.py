"""What SQL that nobody has read may do: read what its caller may read, and nothing else."""
