"""Keys: making them, and moving every stored secret to a new one."""
