"""The warden: process 1 of a sandbox. It runs inside, on the machine's own Python, so this package imports only the
standard library; the daemon believes nothing that it says without looking."""
