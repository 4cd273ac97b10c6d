"""`switchboard learn fine-tune`: train a model on a collection."""

from __future__ import annotations

import os
from pathlib import Path

import typer

from switchboard.errors import ConfigurationError

TINY = "tiny"


def fine_tune(
    folder: Path = typer.Argument(..., help="of `switchboard learn export`"),
    out: Path = typer.Option(..., help="a new folder for the model"),
    model: str = typer.Option(TINY, help="a folder with a model; tiny: one made on the spot"),
    epochs: float = typer.Option(3.0, min=0.1, help="how often all is read"),
    length: int = typer.Option(512, min=32, help="tokens of a conversation"),
    batch: int = typer.Option(8, min=1, help="conversations at a time"),
    install: bool = typer.Option(
        False, "--install", help="make the environment for it (250 MB to fetch), if it is not there"
    ),
    backend: str = typer.Option(
        "cpu", help="of torch, with --install: cpu, auto (by the graphics card), default"
    ),
) -> None:
    """Train on what is worth repeating, then on what was preferred; figures before and after.

    Broken off, the same command goes on from the last two hundred steps.
    """
    from switchboard.fine_tuning.environment import TRAINER, TRAINING, torch_options
    from switchboard.fine_tuning.training_set import SUPERVISED

    if not (folder / SUPERVISED).is_file():
        raise ConfigurationError(f"there is no {SUPERVISED} in {folder}")
    if out.exists():
        raise ConfigurationError(f"{out} is there already")
    if model != TINY and not Path(model).is_dir():
        raise ConfigurationError(f"--model: there is no folder {model}; nothing is downloaded")
    if install and not TRAINING.is_made():
        print("Making the environment (once; some minutes) ...", flush=True)
        TRAINING.make(torch_options(backend))
    wanted = {"data": folder, "out": out, "model": model, "epochs": epochs, "length": length}
    given = [text for name, value in wanted.items() for text in (f"--{name}", str(value))]
    if TRAINING.run(TRAINER, [*given, "--batch", str(batch)], os.environ):
        raise typer.Exit(1)
    print(f"{out}: the model, its tokenizer and report.json")
