"""The specification of Throughline, as tests."""
