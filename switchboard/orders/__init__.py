"""The order system: what an order is, what may be done with it, and the systems behind it."""
