"""Keeps secrets and strangers out; imports nothing of ours."""
