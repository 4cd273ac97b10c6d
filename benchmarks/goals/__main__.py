"""`python -m benchmarks.goals [FOLDER]`: hold every conversation and report."""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from pathlib import Path

from benchmarks.goals.report import report
from benchmarks.goals.run import run_goals
from switchboard.project import PROJECT

FOLDER = PROJECT / "tests" / "goals"


def main() -> int:
    """Print the report; `--words` names another set of wordings than `words_<language>.yml`."""
    parser = argparse.ArgumentParser(description="Simulated customers with goals.")
    parser.add_argument("folder", type=Path, nargs="?", default=FOLDER)
    parser.add_argument("--words", default="words")
    parser.add_argument("--only", default="", help="part of a goal's name")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--failed", type=Path, help="write the conversations that failed here")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="switchboard-goals-") as folder:
        judged = run_goals(
            given.folder, Path(folder), given.words, given.only, random.Random(given.seed)
        )
    print(report(judged))
    if given.failed:
        failed = [
            {
                "goal": talk.goal.name,
                "language": talk.goal.language,
                "person": talk.person,
                "ending": talk.ending,
                "missed": [*verdict.missed, *verdict.false],
                "unasked": verdict.unasked,
                "lines": talk.lines,
            }
            for talk, verdict in judged
            if not verdict.reached
        ]
        given.failed.write_text(json.dumps(failed, ensure_ascii=False, indent=1))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
