"""`python -m benchmarks.retail.replay --tasks FOLDER`: whether the tools leave what they should.

Replays every task's reference acts on a fresh copy of the shop's data and compares the changed
orders and users, and the refused acts, with the expected ones, exactly.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.retail.retail_data import RetailBench, RetailTask, read_bench
from benchmarks.retail.retail_tools import Outcome, replay


def differences(bench: RetailBench) -> list[tuple[RetailTask, list[str]]]:
    """The tasks that end in another state than expected, each with what differs."""
    pairs = ((task, replay(bench.db, task.calls)) for task in bench.tasks)
    found = ((task, _differing(outcome, bench.expected(task))) for task, outcome in pairs)
    return [(task, names) for task, names in found if names]


def _differing(left: Outcome, expected: Outcome) -> list[str]:
    names = [
        f"{table} {key}"
        for table in ("orders", "users")
        for key in {**left.changed[table], **expected.changed[table]}
        if left.changed[table].get(key) != expected.changed[table].get(key)
    ]
    if left.refused != expected.refused:
        names.append(f"refused {list(left.refused)}, not {list(expected.refused)}")
    return names


def main() -> int:
    """Print how many are equal; 1 if one is not."""
    parser = argparse.ArgumentParser(description="Replays the tasks' reference acts.")
    parser.add_argument("--tasks", type=Path, required=True, help="the benchmark's folder")
    parser.add_argument("--split", default="", help="one of its sets of tasks, such as test")
    given = parser.parse_args()
    bench = read_bench(given.tasks, given.split)
    wrong = differences(bench)
    for task, names in wrong:
        print(f"{task.id}: {'; '.join(names)}")
    print(f"{len(bench.tasks) - len(wrong)} of {len(bench.tasks)} equal")
    untold = sum(task.id not in bench.told for task in bench.tasks)
    if untold:
        print(f"of them {untold} without an expected state: the replay was compared with itself")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
