"""Tickets: conversations handled by a person, what is done on them, and who is notified."""
