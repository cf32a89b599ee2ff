"""The pages of connecting: start, callback, claim, test. One file a page."""
