"""The action server: thin actions that ask the core and speak to the customer.

`rasa run actions` imports this package; it needs neither Rasa's server nor TensorFlow.
"""

import os

# The SDK listens on every interface unless told otherwise, and asks nobody for a password.
os.environ.setdefault("SANIC_HOST", "127.0.0.1")
