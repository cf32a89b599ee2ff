"""Template tags that other rooms' pages may load."""
