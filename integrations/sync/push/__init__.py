"""Changes on their way to the other side: which there are, how each is asked for, merged, sent and proved."""
