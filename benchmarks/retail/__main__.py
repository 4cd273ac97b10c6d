"""`make evaluate-retail ARGS="--tasks FOLDER"`: the public retail benchmark, in our own hands.

FOLDER holds `db.json` and `tasks.json`: the benchmark's development part, or
`data/tau2/domains/retail` of a tau2-bench checkout. The customer is a script of ours, not the
benchmark's language model, so the figures stand beside the published ones and are not the same.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import yaml

from benchmarks.retail.retail_data import RetailBench, read_bench
from benchmarks.retail.run import Trial, figures, run_tasks, running_shop
from switchboard.project import PROJECT

WORDS = PROJECT / "benchmarks" / "retail" / "words.yml"
PUBLISHED = {"pass_1": 0.862, "pass_all": 0.614}
"""The best results of language-model agents on the 114 test tasks, with another customer."""


def floor(bench: RetailBench) -> float:
    """What a bot that does nothing reaches: the tasks that change nothing and tell nothing."""
    idle = [
        task
        for task in bench.tasks
        if not any(bench.expected(task).changed.values()) and not task.communicate_info
    ]
    return len(idle) / max(len(bench.tasks), 1)


def table(found: dict[str, Any], least: float) -> str:
    """The figures as Markdown."""
    rows = [
        ("pass^1", f"{found['pass_1']:.3f}", f"{least:.3f}", f"{PUBLISHED['pass_1']:.3f}"),
        (
            f"pass^{found['wordings']}",
            f"{found['pass_all']:.3f}",
            f"{least:.3f}",
            f"{PUBLISHED['pass_all']:.3f}",
        ),
        ("customer's messages a task", f"{found['turns']:.1f}", "", ""),
        ("milliseconds a task", f"{found['milliseconds']:.0f}", "", ""),
        ("milliseconds a message", f"{found['milliseconds_a_turn']:.0f}", "", ""),
        ("money a task", "0", "0", ""),
        ("orders of other customers named", str(found["foreign_orders"]), "0", ""),
        ("acts that nobody confirmed", str(found["unconfirmed_acts"]), "0", ""),
    ]
    head = (
        f"{found['tasks']} tasks, {found['trials']} conversations.\n\n"
        "| | Switchboard | a bot that does nothing | language-model agents, published |\n"
        "|---|---|---|---|\n"
    )
    return (
        head
        + "".join(f"| {' | '.join(row)} |\n" for row in rows)
        + (
            "\nThe published results are the best of the 114 test tasks, and their customer is a"
            " language model; ours is a script. They are no comparison of like with like.\n"
        )
    )


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--tasks", type=Path, required=True, help="the benchmark's folder")
    parser.add_argument("--split", default="", help="one of its sets of tasks, such as test")
    parser.add_argument("--words", type=Path, default=WORDS, help="the customers' words")
    parser.add_argument("--limit", type=int, default=0, help="only so many tasks, evenly taken")
    parser.add_argument("--people", type=int, default=4, help="wordings of each task")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--failed", type=Path, help="write the failed conversations here")
    given = parser.parse_args()
    bench = read_bench(given.tasks, given.split)
    tasks = bench.tasks
    if given.limit:
        tasks = tasks[:: max(1, len(tasks) // given.limit)][: given.limit]
    words = yaml.safe_load(given.words.read_text(encoding="utf-8"))
    with running_shop(bench) as assistant:
        people = range(given.people)
        trials = list(run_tasks(assistant, bench, tasks, words, people, given.seed))
    found = figures(trials, given.people)
    text = table(found, floor(bench))
    print(text)
    reports = PROJECT / "reports"
    reports.mkdir(exist_ok=True)
    (reports / "retail.md").write_text(f"# The retail benchmark\n\n{text}", encoding="utf-8")
    (reports / "retail.json").write_text(json.dumps(found, indent=1), encoding="utf-8")
    if given.failed:
        given.failed.write_text(json.dumps([_failed(t) for t in trials if not t.passed], indent=1))
    return 0


def _failed(trial: Trial) -> dict[str, Any]:
    return {
        "task": trial.task,
        "person": trial.person,
        "right": trial.right,
        "told": trial.told,
        "given_up": trial.call.given_up,
        "unanswered": trial.call.unanswered,
        "lines": trial.call.lines,
    }


if __name__ == "__main__":
    raise SystemExit(main())
