"""Builds the figures by name, and no more than are wanted: some take far longer than others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from switchboard.embedding.encoder import default_encoder
from switchboard.errors import ConfigurationError
from switchboard.knowledge.library import LiveLibrary
from switchboard.llm.metered_model import MeteredModel
from switchboard.reply_quality.grounding_figures import (
    FactsFigure,
    GroundedFigure,
    Grounding,
    SupportFigure,
)
from switchboard.reply_quality.judged_figure import JudgedFigure
from switchboard.reply_quality.meaning_figures import SimilarityFigure
from switchboard.reply_quality.outcome_figures import AnsweredFigure, GoalFigure, ScoreFigure
from switchboard.reply_quality.overlap_figures import (
    BleuFigure,
    ChrfFigure,
    MeteorFigure,
    RougeFigure,
)
from switchboard.reply_quality.own_loop import OwnLoop
from switchboard.reply_quality.reply_figures import ReplyFigure
from switchboard.reply_quality.shop_language_model import PerplexityFigure, ShopLanguageModel
from switchboard.reply_quality.shop_texts import shop_sentences
from switchboard.shop.speech import Phrasebook

JUDGED = "judged"


@dataclass(frozen=True)
class ShopFigures:
    """The figures of a shop. What the heavy ones need is loaded when one of them is built."""

    library: Callable[[], LiveLibrary]
    data: Path
    phrasebook: Phrasebook
    model: Callable[[], MeteredModel] | None = None
    """Of the figure that costs money, which has to be asked for by name; None without a model."""
    loop: OwnLoop | None = None
    """What the model is asked on."""
    seconds: float = 7.0

    @cached_property
    def grounding(self) -> Grounding:
        """What replies may rest on."""
        return Grounding(self.library(), self.phrasebook)

    @cached_property
    def language_model(self) -> ShopLanguageModel:
        """The model of the shop's own texts."""
        passages = self.library().passages()
        return ShopLanguageModel(shop_sentences(passages, self.data, self.phrasebook.policy))

    @property
    def makers(self) -> Mapping[str, Callable[[], ReplyFigure]]:
        """How each figure is built, by name, in the order of reports: what matters first."""
        return {
            "answered": AnsweredFigure,
            "goals": GoalFigure,
            "satisfaction": ScoreFigure,
            "grounded": lambda: GroundedFigure(self.grounding),
            **self._judged,
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

    @property
    def _judged(self) -> Mapping[str, Callable[[], ReplyFigure]]:
        model, loop = self.model, self.loop
        if model is None or loop is None:
            return {}
        return {JUDGED: lambda: JudgedFigure(self.grounding, model(), loop, self.seconds)}

    def figures(self, names: Sequence[str]) -> list[ReplyFigure]:
        """The figures of these names, in the order of reports; without a name, all that cost
        nothing.

        Raises:
            ConfigurationError: there is no such figure.
        """
        makers = self.makers
        if JUDGED in names and JUDGED not in makers:
            raise ConfigurationError("the figure 'judged' needs a language model: OPENAI_API_KEY")
        unknown = [name for name in names if name not in makers]
        if unknown:
            raise ConfigurationError(
                f"no figure {unknown[0]!r}: it has to be of {', '.join(makers)}"
            )
        wanted = names or [name for name in makers if name != JUDGED]
        return [make() for name, make in makers.items() if name in wanted]
