"""How a line of a log looks, in all processes and of all libraries: text, or one JSON object.

Each line names the turn and, by a pseudonym, the conversation that it belongs to. Fields in which
libraries put customers' words are left out, and so is the text of an exception within a turn.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import Callable, MutableMapping
from datetime import datetime, timezone
from typing import Any

import structlog
from structlog.stdlib import ProcessorFormatter

from switchboard.observing.pseudonyms import LogNames, read_key
from switchboard.observing.turn_context import current_turn
from switchboard.settings import WatchSettings

OWN_WAYS = (
    "sanic.root sanic.error sanic.access uvicorn uvicorn.error uvicorn.access engineio.server "
    "socketio.server websockets.protocol apscheduler tensorflow py.warnings"
).split()
"""Loggers that print for themselves, or are cut off from the root."""
_HARMLESS = frozenset({"event_info", "action", "action_name", "channel", "url", "status"})
"""Fields of structured events of Rasa that are kept: all others may hold a customer's words."""
_Fields = MutableMapping[str, Any]


def configure_logs(process: str, settings: WatchSettings) -> None:
    """Give every handler of this process our format, once more for those that came since."""
    form = _formatter(process, settings)
    root = logging.getLogger()
    kept = [handler for handler in root.handlers if isinstance(handler, logging.FileHandler)]
    root.handlers = [*kept, logging.StreamHandler(sys.stderr)]
    for handler in root.handlers:
        handler.setFormatter(form)
    for name in OWN_WAYS:
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], True
    logging.captureWarnings(True)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            _harmless,
            ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def _harmless(_logger: object, _name: str, fields: _Fields) -> _Fields:
    """A structured event without what may be a customer's."""
    kept = {name: value for name, value in fields.items() if name in _HARMLESS}
    message = " ".join([str(fields.get("event")), *(f"{n}={v}" for n, v in kept.items())])
    return {"event": message, "exc_info": sys.exc_info() if fields.get("exc_info") else None}


def _formatter(process: str, settings: WatchSettings) -> logging.Formatter:
    names = LogNames(read_key(settings.log_key))
    write: Callable[[dict[str, str]], str] = _json if settings.log_format == "json" else _text

    def render(_logger: object, _name: str, given: _Fields) -> str:
        line = _line(process, names, given["_record"], str(given.get("event")))
        kind, error, trace = given.get("exc_info") or (None, None, None)
        if kind is not None:
            line["error"] = _error(kind, error, trace, current_turn() is None)
        return write(line)

    return ProcessorFormatter(processors=[render])


def _line(process: str, names: LogNames, record: logging.LogRecord, message: str) -> dict[str, str]:
    turn = current_turn()
    line = {
        "time": datetime.fromtimestamp(record.created, timezone.utc).isoformat(
            timespec="milliseconds"
        ),
        "level": record.levelname.lower(),
        "logger": record.name,
        "message": message,
        "process": process,
    }
    if turn is not None:
        line |= {"conversation": names.of(turn.conversation), "turn": turn.id}
    return line


def _error(kind: Any, error: Any, trace: Any, whole: bool) -> str:
    """Where it happened, and what; what the exception says, only if no customer was involved."""
    if whole:
        return "".join(traceback.format_exception(kind, error, trace)).strip()
    frames = "".join(traceback.format_tb(trace))
    return f"{frames}{kind.__name__}".strip()


def _json(line: dict[str, str]) -> str:
    return json.dumps(line, ensure_ascii=False)


def _text(line: dict[str, str]) -> str:
    """One line, whatever the message holds; a traceback follows on lines of its own."""
    said = "".join(c if c.isprintable() else repr(c)[1:-1] for c in line["message"])
    about = [f"{name}={line[name]}" for name in ("conversation", "turn") if name in line]
    head = f"{line['time']} {line['level'].upper():<8} {line['logger']}  - {said}"
    where = f"  [{' '.join(about)}]" if about else ""
    return "\n".join(filter(None, (head + where, line.get("error"))))
