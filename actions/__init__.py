"""The action server: thin actions that call the core and reply to the customer.

`rasa run actions` imports this package; it needs neither Rasa's server nor TensorFlow.
"""

import os

# The SDK listens on every interface by default, without authentication.
os.environ.setdefault("SANIC_HOST", "127.0.0.1")
