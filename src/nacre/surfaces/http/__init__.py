"""The HTTP API: one route per operation, an event stream, MCP, and OpenAPI for all of it."""
