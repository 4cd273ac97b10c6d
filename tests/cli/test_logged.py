"""What a server of Rasa's is started in."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

PROBE = """
import os, sys
before = "numpy" in sys.modules
import numpy
from threadpoolctl import threadpool_info
(threads,) = {one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"}
print("loaded before:", before, "threads:", threads, "told:", os.environ["OPENBLAS_NUM_THREADS"])
"""


@pytest.mark.parametrize(("given", "told"), [({}, 1), ({"OPENBLAS_NUM_THREADS": "2"}, 2)])
def test_numpy_has_one_thread_unless_told_otherwise(given, told, tmp_path):
    (tmp_path / "probe.py").write_text(PROBE)
    known = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    done = subprocess.run(
        [sys.executable, "-m", "switchboard.cli.logged", "rasa", "probe"],
        env={**known, **given, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    threads = min(told, os.cpu_count() or 1)
    assert f"loaded before: False threads: {threads} told: {told}" in done.stdout + done.stderr
