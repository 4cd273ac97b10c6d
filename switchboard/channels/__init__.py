"""Channel connectors that lose no message: Messenger, Telegram, a chat for the shop's page."""
