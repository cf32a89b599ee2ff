"""The sync log: how each account stands, what came in, what was not sent."""
