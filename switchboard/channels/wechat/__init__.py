"""The channel for a WeChat official account."""
