"""Conversations in a person's hands: tickets, what is done on them, who is told."""
