"""The whole of an email, opened on a line or by itself."""
