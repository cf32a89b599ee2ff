"""Signing in where it differs from allauth."""
