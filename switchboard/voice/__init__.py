"""Voice notes: kept as files, and written down by a transcription service."""
