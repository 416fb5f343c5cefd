"""Workspaces: a sandbox per person and branch, with the branch's files, its Postgres and a home that persists."""
