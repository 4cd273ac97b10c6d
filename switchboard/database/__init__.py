"""The database: its tables, how it is opened, how an older one is brought up to date."""
