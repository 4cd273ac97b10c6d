"""What the shop knows: its articles, how passages are found, what is missing."""
