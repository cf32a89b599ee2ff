"""Changes on their way to the provider: which there are, how each is asked for, merged, sent and proved."""
