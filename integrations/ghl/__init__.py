"""GoHighLevel, one provider, complete in its folder."""
