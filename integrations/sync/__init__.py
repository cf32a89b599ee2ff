"""The engine: plans, reads, applies and writes through ports; it never names a provider."""
