"""What becomes of a comment, by the model that is trained on `data/`."""
