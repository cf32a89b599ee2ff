"""How the product looks to one person."""
