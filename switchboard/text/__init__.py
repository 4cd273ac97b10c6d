"""What a customer's message is made of: its language, its words, and what it names."""
