"""The provider-neutral picture of people and what happened with them."""
