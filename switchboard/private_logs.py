"""Keeps customers' words, order numbers and addresses out of the logs of a process.

Every record is made safe where it is made (`logging.setLogRecordFactory`), so that it is the same
whichever handlers and formatters a library sets up before or after. What we log ourselves is
written without values, and becomes one line. What libraries say is not known: Rasa and its action
server repeat whole requests, httpx the address that it asked, asyncio an error's text. Of theirs
only the place is kept, and for errors the kinds and places that `place_of` tells; words are kept
only where they were read and found to speak of the server alone.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
import warnings
from collections.abc import Callable
from types import TracebackType
from typing import Any

from switchboard.failures import place_of
from switchboard.text.storable import clean_text

_OURS = ("switchboard", "actions")
# Of servers starting and ending; above INFO they speak of requests.
_WORDED = frozenset(
    """rasa.core.run rasa.core.processor rasa_sdk.endpoint rasa_sdk.executor sanic.root
    uvicorn.error""".split()
)
_QUIET = (
    *("httpx", "httpcore", "openai", "urllib3", "apscheduler", "alembic", "sanic.access"),
    *("socketio", "engineio", "asyncio.base_events", "markdown_it", "tzlocal"),
)
"""Libraries that tell of every request or job at INFO."""
_MAX = 2000
_EVENT = re.compile(r'"event": "([a-z0-9_.]{1,80})"')
"""How Rasa names what it logs by structlog; a customer's quotes are escaped there."""
_EVENT_NAME = re.compile(r"([a-z0-9_.]{1,80})(?: |$)")
logger = logging.getLogger(__name__)


def keep_private(words: bool = False) -> None:
    """Make every log of this process safe, from now on; with `words`, leave libraries theirs.

    Warnings and errors that nothing catches are logged too, in place of being printed.
    """
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    if words or getattr(logging.getLogRecordFactory(), "is_private", False):
        return
    logging.setLogRecordFactory(_private(logging.getLogRecordFactory()))
    warnings.showwarning = _log_warning
    sys.excepthook = _log_error
    threading.excepthook = lambda args: _log_failure(args.exc_value)
    sys.unraisablehook = lambda args: _log_failure(args.exc_value)


def _private(make: Callable[..., logging.LogRecord]) -> Callable[..., logging.LogRecord]:
    def make_private(*given: Any, **more: Any) -> logging.LogRecord:
        record = make(*given, **more)
        # Without a name it is an empty one, which a formatter fills from one that is safe.
        return record if record.name is None else make_safe(record)

    make_private.is_private = True  # type: ignore[attr-defined]
    return make_private


def make_safe(record: logging.LogRecord) -> logging.LogRecord:
    """The record with a message of one line that holds nobody's words; itself, for the caller."""
    structured = record.msg if isinstance(record.msg, dict) else None  # structlog's
    raised = record.exc_info or (structured or {}).get("exc_info")
    error = raised[1] if isinstance(raised, tuple) else None
    told = _words(record)
    if error is not None:
        told = f"{told}: {place_of(error)}"
    record.msg, record.args = told if structured is None else {"event": told}, ()
    record.exc_info = record.exc_text = record.stack_info = None
    return record


def one_line(text: str) -> str:
    """A text as one line of a log: line breaks are spaces, other control characters are gone."""
    return " ".join(clean_text(text).split())[:_MAX]


def _words(record: logging.LogRecord) -> str:
    ours = record.name.partition(".")[0] in _OURS
    if ours or (record.levelno <= logging.INFO and record.name in _WORDED):
        try:
            return one_line(record.getMessage())
        except (TypeError, ValueError):  # a format that does not fit its values
            pass
    event = _EVENT.search(record.msg) if isinstance(record.msg, str) else None
    if isinstance(record.msg, dict):
        event = _EVENT_NAME.match(str(record.msg.get("event")))
    place = event[1] if event else f"{record.module}:{record.funcName}:{record.lineno}"
    return f"{record.name} ({place})"


def _log_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: Any = None,
    line: str | None = None,
) -> None:
    where = "/".join(filename.split("/")[-2:])
    logger.warning("%s at %s:%d", category.__name__, where, lineno)


def _log_error(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    _log_failure(error.with_traceback(trace))


def _log_failure(error: BaseException | None) -> None:
    if error is not None:
        logger.critical("nothing caught %s", place_of(error))
