"""HTTP API, web page and MCP server: thin over `search.engine.Engine`."""
