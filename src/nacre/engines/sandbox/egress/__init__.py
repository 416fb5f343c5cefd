"""What an allow-list goes through: a proxy outside the sandbox. It runs on the machine's own Python, so this package
imports only the standard library."""
