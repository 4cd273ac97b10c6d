"""`switchboard privacy`: exports or erases a customer's data, and applies retention."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import typer

from switchboard.settings import load_settings

if TYPE_CHECKING:
    from switchboard.privacy.subjects import Subjects

app = typer.Typer(help="A customer's data: told, erased, or removed by age.", no_args_is_help=True)
_CONVERSATION = typer.Argument(..., help="its id, as telegram:5 (`switchboard desk show` tells it)")


def _subjects() -> Subjects:
    from switchboard.database.connection import open_database
    from switchboard.files.file_store import FileStore
    from switchboard.privacy.subjects import Subjects

    settings = load_settings()
    engine = open_database(settings.database_url)
    return Subjects(engine, FileStore(engine, settings.files_dir))


@app.command()
def export(conversation: str = _CONVERSATION) -> None:
    """Everything on file about a conversation, as JSON."""
    found = _subjects().export(conversation)
    print(json.dumps(found, ensure_ascii=False, indent=1, default=str))


@app.command()
def erase(conversation: str = _CONVERSATION) -> None:
    """Delete a conversation, and keep what is counted under a pseudonym."""
    for name, count in _subjects().erase(conversation).items():
        print(f"{name:<16} {count}")


@app.command()
def retention() -> None:
    """Take away what is older than the settings allow; a report."""
    from switchboard.database.connection import open_database
    from switchboard.files.file_store import FileStore
    from switchboard.privacy.retention import Retention

    settings = load_settings()
    engine = open_database(settings.database_url)
    store = FileStore(engine, settings.files_dir)
    for result in Retention(engine, settings.desk, store).enforce():
        print(f"{result.kind:<16} {result.what:<10} {result.rows:>6}  (after {result.days} days)")
