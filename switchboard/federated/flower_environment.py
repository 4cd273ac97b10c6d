"""The environment of Flower and diffprivlib, which do not go with Rasa's versions."""

from __future__ import annotations

from pathlib import Path

from switchboard.pinned_environment import PinnedEnvironment
from switchboard.project import VAR

LAUNCHER = Path(__file__).with_name("launcher.py")
FLOWER = PinnedEnvironment(
    VAR / "federated" / "environment",
    Path(__file__).with_name("requirements.txt"),
    "shops learn together",
    {
        "FLWR_TELEMETRY_ENABLED": "0",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONUNBUFFERED": "1",
    },
)
"""Nothing is told to anybody; a thread for each of the processes."""
