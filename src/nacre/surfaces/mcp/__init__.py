"""MCP for agents: the first-class operations as tools, and list, describe, call for all the others."""
