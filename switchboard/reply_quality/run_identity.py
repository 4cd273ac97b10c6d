"""What a run of replies depends on beside its file: code, the shop's data, the model asked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

from switchboard.settings import Settings

_PACKAGE = Path(__file__).resolve().parents[1]
_LIBRARIES = ("sacrebleu", "nltk", "rouge-score")


def run_depends(settings: Settings) -> dict[str, str]:
    """By name; where one of them differs, what was measured before is not gone on with."""
    llm = settings.llm
    return {
        "code": _digest(_PACKAGE, _PACKAGE.rglob("*.py")),
        "data": _digest(
            settings.data_dir,
            (p for p in settings.data_dir.rglob("*") if p.suffix in (".md", ".yml")),
        ),
        "model": f"{llm.model} {llm.wording}" if llm.configured else "none",
        "libraries": " ".join(f"{name} {version(name)}" for name in _LIBRARIES),
    }


def _digest(folder: Path, paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(str(path.relative_to(folder)).encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
