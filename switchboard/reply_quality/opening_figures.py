"""Builds the figures by name, and no more than are wanted: some take far longer than others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from switchboard.embedding.encoder import default_encoder
from switchboard.errors import ConfigurationError
from switchboard.knowledge.library import LiveLibrary
from switchboard.reply_quality.grounding_figures import (
    FactsFigure,
    GroundedFigure,
    Grounding,
    SupportFigure,
)
from switchboard.reply_quality.meaning_figures import SimilarityFigure
from switchboard.reply_quality.outcome_figures import AnsweredFigure, GoalFigure, ScoreFigure
from switchboard.reply_quality.overlap_figures import (
    BleuFigure,
    ChrfFigure,
    MeteorFigure,
    RougeFigure,
)
from switchboard.reply_quality.reply_figures import ReplyFigure
from switchboard.reply_quality.shop_language_model import PerplexityFigure, ShopLanguageModel
from switchboard.reply_quality.shop_texts import shop_sentences
from switchboard.shop.policy import Policy


@dataclass(frozen=True)
class ShopFigures:
    """The figures of a shop. What the heavy ones need is loaded when one of them is built."""

    library: Callable[[], LiveLibrary]
    data: Path
    policy: Policy

    @cached_property
    def grounding(self) -> Grounding:
        """What replies may rest on."""
        return Grounding(self.library(), self.policy)

    @cached_property
    def language_model(self) -> ShopLanguageModel:
        """The model of the shop's own texts."""
        passages = self.library().passages()
        return ShopLanguageModel(shop_sentences(passages, self.data, self.policy))

    @property
    def makers(self) -> Mapping[str, Callable[[], ReplyFigure]]:
        """How each figure is built, by name, in the order of reports: what matters first."""
        return {
            "answered": AnsweredFigure,
            "goals": GoalFigure,
            "satisfaction": ScoreFigure,
            "grounded": lambda: GroundedFigure(self.grounding),
            "facts": FactsFigure,
            "support": lambda: SupportFigure(self.grounding),
            "bleu": BleuFigure,
            "chrf": ChrfFigure,
            "rouge1": lambda: RougeFigure("rouge1"),
            "rouge2": lambda: RougeFigure("rouge2"),
            "rougel": lambda: RougeFigure("rougeL"),
            "meteor": MeteorFigure,
            "similarity": lambda: SimilarityFigure(default_encoder()),
            "perplexity": lambda: PerplexityFigure(self.language_model),
        }

    def figures(self, names: Sequence[str]) -> list[ReplyFigure]:
        """The figures of these names, in the order of reports; all without a name.

        Raises:
            ConfigurationError: there is no such figure.
        """
        makers = self.makers
        unknown = [name for name in names if name not in makers]
        if unknown:
            raise ConfigurationError(
                f"no figure {unknown[0]!r}: it has to be of {', '.join(makers)}"
            )
        return [make() for name, make in makers.items() if not names or name in names]
