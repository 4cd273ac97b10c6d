"""The channel for X: direct messages."""
