"""What the owner of a shop looks at: how conversations went, and what customers ask."""
