"""Custom fields of an account: which ones profiles show, in which order, and how."""
