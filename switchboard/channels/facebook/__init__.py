"""Messenger and Instagram."""
