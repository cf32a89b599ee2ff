"""The command line of the security room."""
