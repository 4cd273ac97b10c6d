"""Everything that a deployment keeps, in one file, and back again."""
