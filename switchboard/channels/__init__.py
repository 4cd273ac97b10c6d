"""Rasa channel connectors that lose nothing: Messenger, Telegram, a chat for the shop's page."""
