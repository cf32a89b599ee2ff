"""The records of a sub-account and the operations on them."""
