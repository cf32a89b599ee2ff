"""A stand-in for the GoHighLevel API: its own server process, with believable data and faults on request."""
