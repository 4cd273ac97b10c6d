"""Known holes in the pinned packages, by the public database OSV: a step of `.ci/run`.

Exit codes: 0 for none but those that `accepted-holes.txt` lists, and where no database can be
reached, which it says; 1 for others. Only names and versions of public packages are sent.
"""

from __future__ import annotations

import datetime
import json
import re
import sys
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SETS = ("requirements.txt", "requirements-actions.txt", "requirements-core.txt")
ACCEPTED = ROOT / "scripts" / "accepted-holes.txt"
DATABASE = "https://api.osv.dev/v1/querybatch"
SECONDS = 30.0
_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)

Pin = tuple[str, str]


class NoDatabase(Exception):
    """The database cannot be reached, or does not answer as it should."""


@dataclass(frozen=True)
class Accepted:
    """A hole that is lived with until a day."""

    package: str
    version: str
    number: str
    until: datetime.date

    def covers(self, pin: Pin, number: str, today: datetime.date) -> bool:
        """Whether it speaks of this hole, today still."""
        given = (self.package, self.version, self.number)
        return today <= self.until and all(
            mine in ("*", theirs) for mine, theirs in zip(given, (*pin, number), strict=True)
        )


def pins(texts: Iterable[str]) -> list[Pin]:
    """(package, version) of every pin."""
    found = {(m[1].lower().replace("_", "-"), m[2]) for t in texts for m in _PIN.finditer(t)}
    return sorted(found)


def accepted(text: str) -> list[Accepted]:
    """The list of what is lived with.

    Raises:
        ValueError: a line has no package, version, number, day and reason.
    """
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    read = []
    for line in lines:
        package, version, number, until, _reason = line.split(None, 4)
        read.append(Accepted(package, version, number, datetime.date.fromisoformat(until)))
    return read


def holes(wanted: list[Pin], database: str = DATABASE) -> dict[Pin, list[str]]:
    """The numbers of the known holes of each pin that has some.

    Raises:
        NoDatabase: it cannot be reached, or answers otherwise than documented.
    """
    queries = [{"package": {"name": n, "ecosystem": "PyPI"}, "version": v} for n, v in wanted]
    asked = json.dumps({"queries": queries}).encode()
    request = urllib.request.Request(database, asked, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            results: list[dict[str, Any]] = json.load(answer)["results"]
            found = {
                pin: sorted(str(hole["id"]) for hole in result.get("vulns") or ())
                for pin, result in zip(wanted, results, strict=True)
            }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise NoDatabase(type(error).__name__) from error
    return {pin: numbers for pin, numbers in found.items() if numbers}


def main(database: str = DATABASE) -> int:
    """Look up every pin and tell of what is not accepted."""
    wanted = pins((ROOT / name).read_text() for name in SETS)
    known, today = accepted(ACCEPTED.read_text()), datetime.date.today()
    try:
        found = holes(wanted, database)
    except NoDatabase as error:
        print(f"audit: NOT DONE, no database of known holes could be reached ({error})")
        return 0
    new = [
        (pin, number)
        for pin, numbers in found.items()
        for number in numbers
        if not any(entry.covers(pin, number, today) for entry in known)
    ]
    for (package, version), number in new:
        print(f"audit: {package} {version} has {number}")
    count = sum(map(len, found.values()))
    print(f"audit: {len(wanted)} packages, {count} known holes, {len(new)} of them not accepted")
    return 1 if new else 0


if __name__ == "__main__":
    sys.exit(main())
