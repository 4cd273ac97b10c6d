"""Sentence embeddings on the CPU, without torch and without a download."""
