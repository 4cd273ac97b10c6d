"""The `switchboard` command: one command, one file, named for it."""
