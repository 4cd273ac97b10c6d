"""From collected samples to a model of a shop's own: what is worth learning, in which form, and a
recipe that learns it."""
