"""How good replies are: beside reference answers, the shop's texts, and another version."""
