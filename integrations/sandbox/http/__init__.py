"""The socket and the gates that every call of the API passes: routes, limits, faults, refusals."""
