"""Those who work at the desk: who they are, whether it is them, and what they did."""
