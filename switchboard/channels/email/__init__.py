"""The channel for e-mail."""
