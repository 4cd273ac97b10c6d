"""Channel connectors that lose no message: Messenger, Telegram, X, a chat for the shop's page."""
