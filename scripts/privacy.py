"""`make privacy`: a customer's data told or erased, and what is too old taken away."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from switchboard.privacy.retention import Retention
from switchboard.privacy.subjects import Subjects
from switchboard.settings import load_settings
from switchboard.store import open_database


def main(arguments: Sequence[str]) -> int:
    """Run one command."""
    parser = argparse.ArgumentParser(prog="make privacy", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, told in (
        ("export", "everything on file about a conversation, as JSON"),
        ("erase", "delete it, and keep what is counted under a pseudonym"),
    ):
        command = commands.add_parser(name, help=told)
        command.add_argument("conversation", help="its id, as telegram:5 (the desk shows it)")
    commands.add_parser("retention", help="take away what is older than it may be; a report")
    given = parser.parse_args(arguments)
    settings = load_settings()
    engine = open_database(settings.database_url)
    if given.command == "export":
        found = Subjects(engine).export(given.conversation)
        print(json.dumps(found, ensure_ascii=False, indent=1, default=str))
    elif given.command == "erase":
        for name, count in Subjects(engine).erase(given.conversation).items():
            print(f"{name:<16} {count}")
    else:
        for deed in Retention(engine, settings.desk).enforce():
            print(f"{deed.kind:<16} {deed.what:<10} {deed.rows:>6}  (after {deed.days} days)")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
