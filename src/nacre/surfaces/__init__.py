"""How people, programs and agents reach the operations. Generated from the registry; no rules of their own."""
