"""The support team's side: tickets in the terminal."""
