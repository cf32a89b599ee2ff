"""Meetings with a contact: book, move and call them off, and say how they went."""
