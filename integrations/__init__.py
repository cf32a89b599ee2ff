"""Connections to other systems and the engine that keeps their records in our database."""
