"""Open questions: the shop's articles, how passages are found, and what a model makes of them."""
