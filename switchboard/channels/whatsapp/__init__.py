"""The channel for WhatsApp, by its Cloud API."""
