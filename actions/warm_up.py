"""Builds the services while the server starts, so that no customer waits for it.

The SDK imports every module of this package; tests and tools import others and skip this one.
"""

import logging

from actions.action_services import services
from switchboard.errors import ConfigurationError
from switchboard.failures import place_of
from switchboard.private_logs import keep_private
from switchboard.settings import load_settings
from switchboard.text.language import SPOKEN

logger = logging.getLogger(__name__)

try:
    keep_private(load_settings().log_words)
    ready = services()
    for language in SPOKEN:
        ready.library.search("warm up", 1, language)
except ConfigurationError as error:
    # The server starts anyway: each action apologises to its customer and retries.
    logger.error("services are not ready: %s", error)
except Exception as error:
    logger.error("services are not ready: %s", place_of(error))
