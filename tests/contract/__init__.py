"""The client and the sandbox, both held against the published OpenAPI files."""
