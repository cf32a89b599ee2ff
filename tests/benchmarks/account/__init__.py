"""The big account of the page benchmark: 100,000 contacts with 3,000,000 activities, made once a schema and kept.

A small account is read from the sandbox by the product itself; its rows are the pattern that SQL multiplies.
"""
