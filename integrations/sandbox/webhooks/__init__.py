"""The events of the app: how they are worded, signed, posted and spoiled."""
