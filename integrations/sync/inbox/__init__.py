"""What comes in by webhook: received, kept once, processed, replayed, and deleted when it is old."""
