"""The accounts that feed the product: their state, and what an admin may do with them."""
