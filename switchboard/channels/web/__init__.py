"""The chat on the shop's page."""
