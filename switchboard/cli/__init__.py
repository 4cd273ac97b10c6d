"""The `switchboard` command line: one file per command."""
