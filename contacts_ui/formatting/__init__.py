"""Puts values into words and pictures: moments, lengths of time, names, foreign text. Pure."""
