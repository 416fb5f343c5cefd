"""What is new in monitoring, as it comes, for those who follow."""
