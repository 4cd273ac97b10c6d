"""Builds the services while the server starts, so that no customer waits for it.

The SDK imports every module of this package; tests and tools import others and skip this one.
"""

import logging

from actions.action_services import services
from switchboard.text.language import SPOKEN

try:
    ready = services()
    for language in SPOKEN:
        ready.library.search("warm up", 1, language)
except Exception as error:
    # The server starts anyway: each action apologises to its customer and retries.
    logging.getLogger(__name__).error("services are not ready: %s: %s", type(error).__name__, error)
