"""The dashboard: pages over the activity cache, writing only through sync.commands."""
