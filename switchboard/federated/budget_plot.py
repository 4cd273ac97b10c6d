"""Accuracy against the privacy budget, beside each shop alone and all in one place."""

from __future__ import annotations

import math
from pathlib import Path

import matplotlib

from switchboard.federated.federated_report import Figures, by_budget, epsilon_of, title_of
from switchboard.federated.shared_figures import ALONE, FEDERATED, POOLED, HeadFigures
from switchboard.reply_quality.resampling import Interval
from switchboard.reply_quality.whole_files import written_at_once

matplotlib.use("Agg")
from matplotlib import pyplot as plt

_LINES = {POOLED: "#444444", FEDERATED: "#1f5f8b", ALONE: "#c8833a"}
_PANELS = (
    ("intents", "intents right"),
    ("moods", "moods found, each level alike"),
)


def draw_budgets(path: Path, figures: Figures) -> None:
    """A panel for intents and one for moods; the narrowest budget stands left."""
    picture, panels = plt.subplots(1, 2, figsize=(11, 4.2), layout="constrained")
    for panel, (head, title) in zip(panels, _PANELS, strict=True):
        for name, colour in _LINES.items():
            found = _shown(figures[name][head], head)
            panel.axhline(found.value, color=colour, lw=1.4, label=title_of(name))
            panel.axhspan(found.low, found.high, color=colour, alpha=0.12, lw=0)
        names = by_budget(figures)
        shown = [_shown(figures[name][head], head) for name in names]
        panel.errorbar(
            range(len(names)),
            [one.value for one in shown],
            yerr=[[one.value - one.low for one in shown], [one.high - one.value for one in shown]],
            color="#a03050",
            marker="o",
            capsize=3,
            label="together, with noise",
        )
        panel.set_xticks(range(len(names)), [_tick(epsilon_of(name)) for name in names])
        panel.set_xlabel("privacy budget ε of one message, over all rounds")
        panel.set_title(title, fontsize=10)
        panel.set_ylim(0, 1)
        panel.grid(axis="y", alpha=0.3)
    panels[0].legend(fontsize=8, loc="lower right")
    with written_at_once(path) as file:
        picture.savefig(file, format="png", dpi=110)
    plt.close(picture)


def _shown(figures: HeadFigures, head: str) -> Interval:
    return figures.accuracy if head == "intents" else figures.balanced


def _tick(epsilon: float) -> str:
    return "∞" if math.isinf(epsilon) else f"{epsilon:g}"
