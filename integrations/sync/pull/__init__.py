"""Reads the provider: whole streams in runs, single things on demand; all through one fetch and one persist."""
