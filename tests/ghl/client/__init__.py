"""The client without a network: a scripted transport answers, and nothing of the client is patched."""
