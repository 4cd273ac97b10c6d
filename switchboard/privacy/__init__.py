"""Personal data: found, redacted or pseudonymised in text; retained, exported and erased."""
