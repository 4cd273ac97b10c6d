"""`python -m switchboard.cli.logged PROCESS MODULE ...`: a module of Rasa's as a server, with our
log lines.

Rasa and its SDK set up logs of their own when they start, and print. Here every line has our format
from the first one on; of `rasa run` started otherwise, the lines since our code was loaded have.

OpenBLAS has one thread here, unless the environment says otherwise: the products of a turn are
small, and each leaves a second thread spinning for 100 ms, which is more CPU than the turn.
"""

from __future__ import annotations

import io
import logging
import os
import runpy
import sys

import coloredlogs
from typing_extensions import override

from switchboard.observing.log_lines import configure_logs
from switchboard.settings import load_settings


class _Lines(io.TextIOBase):
    """Standard output as lines of the log."""

    def __init__(self) -> None:
        self._begun = ""

    @override
    def write(self, text: str) -> int:
        *lines, self._begun = (self._begun + text).split("\n")
        for line in filter(None, map(str.strip, lines)):
            logging.getLogger("stdout").info("%s", line)
        return len(text)


def _set_level(level: int | str | None = None, **_colours: object) -> None:
    logging.getLogger().setLevel(level or logging.INFO)


def main() -> None:
    """Run a module as Python's `-m` would."""
    process, module, *arguments = sys.argv[1:]
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # read when numpy is loaded
    coloredlogs.install = _set_level
    logging.getLogger().setLevel(logging.INFO)
    configure_logs(process, load_settings().watch)
    sys.stdout = _Lines()
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
