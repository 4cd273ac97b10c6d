"""People: when a conversation goes to one, what they find on file, and how the bot gets it back."""
