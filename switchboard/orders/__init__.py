"""Orders: the model, the rules for changing them, and the order systems behind one port."""
