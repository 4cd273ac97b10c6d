"""Simulated customers: goals, wordings, conversations, and what became of them."""
