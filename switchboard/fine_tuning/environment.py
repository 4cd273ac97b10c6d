"""The environment in which models are trained: torch wants other versions than Rasa."""

from __future__ import annotations

from pathlib import Path

from switchboard.pinned_environment import PinnedEnvironment
from switchboard.project import VAR

TRAINER = Path(__file__).with_name("trainer.py")
CPU, DEFAULT = "cpu", "default"
TRAINING = PinnedEnvironment(
    VAR / "fine-tuning",
    Path(__file__).with_name("requirements.txt"),
    "models are trained",
    {
        "HF_HUB_OFFLINE": "1",
        "HF_DATASETS_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "TOKENIZERS_PARALLELISM": "false",
    },
)
"""For the processor about 250 MB to fetch and 1.2 GB on the disk. No weights are fetched, and
nothing is told to anybody."""


def torch_options(backend: str) -> list[str]:
    """uv's, for a backend of torch as uv calls them; `DEFAULT`: as the package index has it, which
    is made for graphics cards and ten times as large."""
    return [] if backend == DEFAULT else ["--torch-backend", backend]
