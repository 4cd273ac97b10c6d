"""The channel for the chat on the shop's page."""
