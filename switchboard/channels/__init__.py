"""Connectors that lose no message: Messenger, Telegram, e-mail, a chat for the shop's page."""
