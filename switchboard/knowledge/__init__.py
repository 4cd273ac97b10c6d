"""The shop's knowledge: its articles, how passages are found, importing more."""
