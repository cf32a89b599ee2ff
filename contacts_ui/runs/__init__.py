"""One run of a sync: how far it is, what it cost, what it brought."""
