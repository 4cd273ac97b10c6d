"""Shops and their server, in the environment of Flower; only numpy and each other are used here
beside it, nothing else of Switchboard."""
