"""The task templates of an account."""
