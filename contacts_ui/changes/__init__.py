"""The page of a person's own changes that are not saved yet."""
