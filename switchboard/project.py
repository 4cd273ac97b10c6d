"""Where the shop's files lie: data, the four YAML files, models, and what is written at run time.

The package may be installed anywhere; the project is the folder that a command runs in, or the
nearest one above it that holds `config.yml` and `domain.yml`.
"""

from __future__ import annotations

from pathlib import Path

_MARKS = ("config.yml", "domain.yml")


def find_project(start: Path) -> Path:
    """The nearest folder from `start` upwards with the marks of a project, else `start` itself."""
    for folder in (start, *start.parents):
        if all((folder / mark).is_file() for mark in _MARKS):
            return folder
    return start


PROJECT = find_project(Path.cwd())
"""The project of this process."""
VAR = PROJECT / "var"
"""Databases, logs and prepared models: everything that may be deleted to begin anew."""
