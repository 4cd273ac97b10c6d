"""Pictures and files that belong to conversations."""
