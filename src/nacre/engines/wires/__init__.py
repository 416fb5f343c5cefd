"""Wires: connections of two machines that only these two may use, over one port and TLS that both ends prove."""
