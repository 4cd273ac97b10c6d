"""The channel for Messenger and Instagram."""
