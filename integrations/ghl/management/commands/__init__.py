"""Connecting and revoking without a browser."""
