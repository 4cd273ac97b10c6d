"""`python -m benchmarks.goals [FOLDER]`: hold every conversation and report."""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path

from benchmarks.goals.random_replies import Replies, send_random_replies
from benchmarks.goals.report import report
from switchboard.cli.trial_servers import running_assistant
from switchboard.goals.goal import read_goals
from switchboard.goals.goal_run import run_goals
from switchboard.project import PROJECT

FOLDER = PROJECT / "data" / "goals"
REPLIES = PROJECT / "tests" / "goals"


def main() -> int:
    """Print the report."""
    parser = argparse.ArgumentParser(description="Simulated customers with goals.")
    parser.add_argument("folder", type=Path, nargs="?", default=FOLDER)
    parser.add_argument("--words", type=Path, help="a folder with other people's wordings")
    parser.add_argument("--only", default="", help="part of a goal's name")
    parser.add_argument("--replies", type=int, default=0, help="random ones at a confirmation")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--failed", type=Path, help="write the conversations that failed here")
    parser.add_argument("--results", type=Path, help="write a line for each conversation here")
    given = parser.parse_args()
    goals = [goal for goal in read_goals(given.folder) if given.only in goal.name]
    words, chance = given.words or given.folder, random.Random(given.seed)
    with running_assistant() as assistant:
        judged = run_goals(assistant, goals, words, chance)
        replies = Replies()
        if given.replies:
            replies = send_random_replies(assistant, given.words or REPLIES, given.replies, chance)
    print(report(judged, replies))
    if given.results:
        results = (
            {
                "goal": talk.goal.name,
                "language": talk.goal.language,
                "person": talk.person,
                "reached": verdict.reached,
            }
            for talk, verdict in judged
        )
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in results)
        given.results.write_text(lines, encoding="utf-8")
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
