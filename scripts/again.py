"""Tests that failed beside others are run once more, alone, before they count as failed.

Many tests wait for servers, databases and browsers with a bound of seconds. On a machine that is
busy with something else one of thousands may miss its bound, which says nothing about the code. A
real fault fails alone as well. What passes only alone is named at the end, so that it is seen.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

MOST = 10
"""More failures than this are no chance: nothing is run again."""
FAILED = 1
"""pytest's exit status when tests failed, and nothing worse happened."""
_LAST_FAILED = Path(".pytest_cache") / "v" / "cache" / "lastfailed"


def run_tests(
    pytest: Sequence[str | Path],
    spread: Sequence[str],
    root: Path,
    environment: Mapping[str, str] | None = None,
) -> int:
    """Run pytest spread over its workers, and what failed alone; pytest's exit status.

    `spread` are the options of pytest-xdist, which are left out the second time.
    """
    memory = root / _LAST_FAILED
    if memory.exists():
        memory.unlink()
    status = subprocess.call([*pytest, *spread], cwd=root, env=environment)
    failed = _failed(memory)
    if status != FAILED or not 0 < len(failed) <= MOST:
        return status
    memory.write_text(json.dumps(dict.fromkeys(failed, True)))
    print(f"--- {len(failed)} failed beside others and run again, alone", flush=True)
    status = subprocess.call([*pytest, "-n", "0", "--last-failed"], cwd=root, env=environment)
    passed = sorted(failed - _failed(memory))
    if passed:
        print("--- failed beside others, passed alone:", *passed, sep="\n    ", flush=True)
    return status


def _failed(memory: Path) -> set[str]:
    """The tests that pytest remembers as failed; none where it keeps no memory."""
    if not memory.exists():
        return set()
    return {_without_group(name) for name in json.loads(memory.read_text())}


def _without_group(name: str) -> str:
    """pytest-xdist appends a test's group to its name, which pytest alone does not know."""
    at = name.rfind("@")
    return name[:at] if at > name.rfind("]") else name
