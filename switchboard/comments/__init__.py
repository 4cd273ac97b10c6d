"""Public comments below a shop's posts, and what becomes of each."""
