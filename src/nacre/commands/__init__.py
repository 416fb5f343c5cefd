"""Commands that admins define and others may run: argument lists with typed parameters, never a shell."""
