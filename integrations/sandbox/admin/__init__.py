"""Looking into the sandbox and changing it behind the client's back, for tests and demos."""
