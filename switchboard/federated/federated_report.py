"""What several shops gain by learning together, as Markdown and JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from switchboard.federated.apart.agreed_terms import Terms
from switchboard.federated.shared_figures import (
    ALONE,
    EPSILON,
    FEDERATED,
    HEADS,
    POOLED,
    HeadFigures,
    most_frequent,
)
from switchboard.federated.simulating import SplitOutcome
from switchboard.reply_quality.resampling import Interval

Figures = Mapping[str, Mapping[str, HeadFigures]]


def epsilon_of(name: str) -> float:
    """The budget of a training by its name."""
    return float(name.removeprefix(EPSILON))


def by_budget(figures: Figures) -> list[str]:
    """The trainings with a budget, the narrowest first."""
    return sorted((name for name in figures if name.startswith(EPSILON)), key=epsilon_of)


@dataclass(frozen=True)
class FederatedReport:
    """All that is told of a simulation."""

    figures: Figures
    outcomes: Sequence[SplitOutcome]
    terms: Terms

    def markdown(self) -> str:
        """The report, with the plot beside it."""
        held = [len(one.intents) for one in self.outcomes]
        lines = [
            "# Several shops, one model",
            "",
            f"{len(self.outcomes[0].shops)} shops dealt out of one, {len(held)} splits, "
            f"{sum(held)} held-out messages of authors whom no shop trained on. 95 % intervals by "
            "bootstrap over those messages.",
            "",
            "| | intents right | gain | each intent alike | moods, each level alike | gain |",
            "|---|---|---|---|---|---|",
            *(self._row(name) for name in (ALONE, POOLED, FEDERATED, *by_budget(self.figures))),
            "",
            "Always the most frequent label: "
            + ", ".join(f"{head} {most_frequent(self.outcomes, head):.3f}" for head in HEADS)
            + " right.",
            "",
            f"Noise: (ε, {self.terms.delta:g})-differential privacy towards one message more or "
            f"less of a shop, over all {self.terms.rounds} rounds and both heads together.",
            "",
            "## Shops",
            "",
            "| split | messages of each shop | intents that each has | intents right, alone |",
            "|---|---|---|---|",
            *self._shops(),
            "",
            "![accuracy against the budget](federated.png)",
        ]
        return "\n".join(lines) + "\n"

    def _row(self, name: str) -> str:
        intents, moods = (self.figures[name][head] for head in HEADS)
        gains = ["" if name == ALONE else _signed(g) for g in (intents.gain, moods.balanced_gain)]
        return (
            f"| {title_of(name)} | {_told(intents.accuracy)} | {gains[0]} "
            f"| {_told(intents.balanced)} | {_told(moods.balanced)} | {gains[1]} |"
        )

    def _shops(self) -> list[str]:
        rows = []
        for at, one in enumerate(self.outcomes):
            right = [
                (one.predicted[f"{ALONE}-{shop}"][:, 0] == one.intents).mean()
                for shop in range(len(one.shops))
            ]
            cells = (
                ", ".join(str(count) for count, _ in one.shops),
                ", ".join(str(count) for _, count in one.shops),
                ", ".join(f"{share:.3f}" for share in right),
            )
            rows.append(f"| {at + 1} | {' | '.join(cells)} |")
        return rows

    def as_json(self) -> str:
        """The figures alone."""
        trainings = {
            name: {head: asdict(own) for head, own in heads.items()}
            for name, heads in self.figures.items()
        }
        agreed = {k: v for k, v in asdict(self.terms).items() if k not in ("intents", "moods")}
        told = {
            "terms": agreed,
            "labels": {"intents": len(self.terms.intents), "moods": list(self.terms.moods)},
            "splits": [{"held_out": len(o.intents), "shops": o.shops} for o in self.outcomes],
            "most_frequent": {head: most_frequent(self.outcomes, head) for head in HEADS},
            "trainings": trainings,
        }
        return json.dumps(told, indent=1, ensure_ascii=False)


def title_of(name: str) -> str:
    """A training's name as people read it."""
    titles = {
        ALONE: "each shop alone (mean)",
        POOLED: "all messages in one place",
        FEDERATED: "together, no noise",
    }
    if name in titles:
        return titles[name]
    epsilon = epsilon_of(name)
    return f"together, ε = {epsilon:g}" if epsilon < float("inf") else "together, bounded, ε = ∞"


def _told(found: Interval) -> str:
    return f"{found.value:.3f} ({found.low:.3f} to {found.high:.3f})"


def _signed(found: Interval) -> str:
    return f"{found.value:+.3f} ({found.low:+.3f} to {found.high:+.3f})"
