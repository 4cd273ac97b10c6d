"""Channel connectors that lose no message: Messenger, Telegram, WhatsApp, a page's chat."""
