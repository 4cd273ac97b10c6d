"""The database: its tables, opening it, and its migrations."""
