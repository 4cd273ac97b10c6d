"""Products, kinds, materials, places and what articles say of them, as one graph."""
