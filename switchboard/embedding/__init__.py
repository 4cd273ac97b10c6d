"""Sentence embeddings on the processor, without torch and without a download."""
