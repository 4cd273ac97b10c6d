"""`switchboard learn federate`: several shops learn one model, simulated."""

from __future__ import annotations

import os
from pathlib import Path

import typer

from switchboard.errors import ConfigurationError
from switchboard.project import PROJECT
from switchboard.settings import load_settings

REPORTS = PROJECT / "reports"


def federate(
    shops: int = typer.Option(5, max=50, help="that the examples are dealt out to"),
    epsilons: str = typer.Option("0.5,1,2,4,8,inf", help="privacy budgets, with commas"),
    splits: int = typer.Option(3, min=1, max=20, help="other shops and held-out authors each time"),
    rounds: int = typer.Option(0, min=0, help="of a training with a budget; 0: as it is set"),
    out: Path = typer.Option(REPORTS, help="a folder for federated.md, .json and .png"),
    install: bool = typer.Option(
        False, "--install", help="make the environment for it (Flower), if it is not there"
    ),
) -> None:
    """Deal the shop's examples out to several, and let them learn alone, together with noise for
    each budget, and all in one place; figures of messages that none of them saw.

    Broken off, the same command goes on from the last training.
    """
    budgets = _numbers(epsilons)
    from switchboard.federated.flower_environment import FLOWER

    if install and not FLOWER.is_made():
        print("Making the environment (once; a minute or more) ...", flush=True)
        FLOWER.make()
    FLOWER.require()
    _simulate(shops, budgets, splits, rounds, out)


def _simulate(shops: int, budgets: list[float], splits: int, rounds: int, out: Path) -> None:
    import numpy as np

    from switchboard.embedding.encoder import default_encoder
    from switchboard.federated.budget_plot import draw_budgets
    from switchboard.federated.federated_report import FederatedReport
    from switchboard.federated.message_tables import read_messages
    from switchboard.federated.shared_figures import measure
    from switchboard.federated.simulating import Simulation
    from switchboard.nlu.folds import split_by_author
    from switchboard.reply_quality.whole_files import written_at_once

    print("Reading the examples ...", flush=True)
    messages = read_messages(load_settings().data_dir / "nlu", default_encoder())
    signed = np.array([bool(author) for author in messages.authors])
    folds = [
        test[signed[test]] if signed.any() else test
        for _, test in split_by_author(messages.strata, messages.authors)
    ]
    simulation = Simulation.planned(messages, folds, shops, budgets, splits, rounds)
    outcomes = simulation.run(os.environ)
    figures = measure(outcomes)
    report = FederatedReport(figures, outcomes, simulation.terms)
    out.mkdir(parents=True, exist_ok=True)
    draw_budgets(out / "federated.png", figures)
    for name, text in (("federated.json", report.as_json()), ("federated.md", report.markdown())):
        with written_at_once(out / name) as file:
            file.write(text.encode())
    simulation.forget()
    print(report.markdown())
    print(f"-> {out / 'federated.md'}")


def _numbers(told: str) -> list[float]:
    try:
        return [float(one) for one in told.replace(",", " ").split()]
    except ValueError:
        raise ConfigurationError(f"--epsilons: {told} are not numbers") from None
