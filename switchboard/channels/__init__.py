"""Connectors that lose no message: platforms for messages, and a chat for the shop's page."""
