"""Makes the demo world: deterministic by seed, invented, and dense enough to look lived in."""
