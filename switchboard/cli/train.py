"""`switchboard train`: trains if data, domain, pipeline or code changed."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import typer

from switchboard.project import PROJECT, VAR

MODELS = PROJECT / "models"
STAMP = MODELS / ".trained-from"
LOG = VAR / "train.log"
_DATA = ("data/nlu", "data/rules", "data/stories", "data/responses", "data/questions")
_FILES = ("domain.yml", "config.yml", "data/catalogue.yml")
_PACKAGE = Path(__file__).resolve().parents[1]
_CODE = ("nlu", "dialogue", "embedding", "knowledge", "text")


def train(force: bool = typer.Option(False, help="also when nothing changed")) -> None:
    """Train the model if data, domain, pipeline or the code behind it changed."""
    raise typer.Exit(train_model(force, shown=True))


def fingerprint(project: Path = PROJECT) -> str:
    """A checksum over everything that a model depends on."""
    paths = {name: project / name for name in _FILES if (project / name).exists()}
    for folder in _DATA:
        paths.update({str(p.relative_to(project)): p for p in (project / folder).rglob("*.yml")})
    for folder in _CODE:
        paths.update({str(p.relative_to(_PACKAGE)): p for p in (_PACKAGE / folder).rglob("*.py")})
    digest = hashlib.sha256(f"rasa {version('rasa')}".encode())
    for name in sorted(paths):
        digest.update(name.encode())
        digest.update(hashlib.sha256(paths[name].read_bytes()).digest())
    return digest.hexdigest()


def newest_model() -> Path | None:
    """The newest model, which Rasa would load."""
    found = sorted(MODELS.glob("*.tar.gz"), key=lambda p: p.stat().st_mtime)
    return found[-1] if found else None


def is_fresh() -> bool:
    """Whether the newest model was trained from the current files."""
    newest = newest_model()
    try:
        return newest is not None and STAMP.read_text() == f"{newest.name} {fingerprint()}"
    except OSError:
        return False


def rasa_environment() -> dict[str, str]:
    """The environment for Rasa's commands: no telemetry, no TensorFlow chatter."""
    quiet = {
        "RASA_TELEMETRY_ENABLED": "false",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "PYTHONWARNINGS": "ignore",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    }
    return {**os.environ, **quiet}


def train_model(force: bool = False, shown: bool = False) -> int:
    """Train if needed; Rasa's exit code. What it prints goes to `var/train.log` unless `shown`."""
    _build_graph()
    if is_fresh() and not force:
        return 0
    wanted = fingerprint()
    print("Training the model (about five minutes) ...", flush=True)
    MODELS.mkdir(exist_ok=True)
    LOG.parent.mkdir(parents=True, exist_ok=True)
    command: list[str | Path] = [Path(sys.executable).parent / "rasa"]
    command += ["train", "--force", "--out", "models"]
    with LOG.open("wb") as log:
        output = None if shown else log
        done = subprocess.run(
            command, cwd=PROJECT, env=rasa_environment(), stdout=output, stderr=output
        )
    newest = newest_model()
    if done.returncode != 0 or newest is None:
        if not shown:
            sys.stderr.write(LOG.read_text(errors="replace")[-4000:])
        print("switchboard: training failed", file=sys.stderr)
        return done.returncode or 1
    _train_search()
    STAMP.write_text(f"{newest.name} {wanted}")
    for old in MODELS.glob("*.tar.gz"):
        if old != newest:
            old.unlink()
    return 0


def _train_search() -> None:
    """Fit how sure the search for articles is, on the shop's question sets."""
    from switchboard.answering.opening import QUESTIONS, open_library
    from switchboard.knowledge.certainty_training import fit_certainty
    from switchboard.settings import load_settings
    from switchboard.shop.speech import open_phrasebook

    settings = load_settings({})
    library = open_library(settings, open_phrasebook(settings.data_dir))
    weights = fit_certainty(library, settings.data_dir / QUESTIONS)
    if weights is not None:
        weights.write()


def _build_graph() -> None:
    """Build the knowledge graph, if what it is made of has changed."""
    from switchboard.knowledge_graph.live_graph import store_graph
    from switchboard.settings import load_settings
    from switchboard.shop.speech import open_phrasebook

    def progress(done: int, of: int) -> None:
        print(f"Building the knowledge graph: {done} of {of} products", flush=True)

    data = load_settings({}).data_dir
    store_graph(data, open_phrasebook(data), progress=progress)
