"""A system that can only tell by webhook, complete in this folder: what plugging one in takes."""
