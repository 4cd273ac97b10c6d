"""Simulated customers: goals, wordings, conversations over REST, and what became of them."""
