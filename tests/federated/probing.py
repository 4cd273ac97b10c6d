"""Runs a probe of tests/federated/probes.py in Flower's environment."""

import json
import subprocess
from pathlib import Path

import pytest

from switchboard.federated.flower_environment import FLOWER, LAUNCHER

PROBES = Path(__file__).with_name("probes.py")
needs_flower = pytest.mark.skipif(
    not FLOWER.is_made(), reason="made by `switchboard learn federate --install`"
)


def probe(name, work):
    """What it found."""
    command = [str(FLOWER.python), "-I", str(PROBES), str(LAUNCHER.parent), str(work), name]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=600, env=dict(FLOWER.told)
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])
