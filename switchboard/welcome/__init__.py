"""First words: what a conversation begins with, and what a customer agreed to."""
