"""The command line of the GHL provider."""
