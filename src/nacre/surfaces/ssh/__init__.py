"""git over SSH, for those who set `ssh_port`: the same repositories, known by keys instead of tokens."""
