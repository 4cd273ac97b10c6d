"""Personal data in text: found by pattern and checksum, replaced for good or for one question."""
