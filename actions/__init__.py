"""The action server: thin actions that call the core and reply to the customer.

`rasa run actions` imports this package; it needs neither Rasa's server nor TensorFlow.
"""

import os

from rasa_sdk.plugin import plugin_manager

from actions.server_start import ServerStart
from switchboard.errors import ConfigurationError
from switchboard.settings import load_settings

try:
    _host = load_settings().servers.host
except ConfigurationError:  # `ServerStart` tells, where a server starts
    _host = "127.0.0.1"
# The SDK would listen on every interface.
os.environ.setdefault("SANIC_HOST", _host)
if not plugin_manager().has_plugin("switchboard"):
    plugin_manager().register(ServerStart(os.environ["SANIC_HOST"]), "switchboard")
