"""Add-ons: large tools that few machines need from the start, installed on demand and run in people's workspaces."""
