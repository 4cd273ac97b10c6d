"""Evaluates replies from the settings of a deployment, and writes all that is told of them."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from switchboard.answering.engine import AnswerEngine
from switchboard.answering.opening import open_answers, open_library, open_meter, open_model
from switchboard.clock import epoch_now
from switchboard.database.connection import open_database
from switchboard.errors import ConfigurationError
from switchboard.knowledge.library import LiveLibrary
from switchboard.llm.metered_model import MeteredModel
from switchboard.overview.period import Period
from switchboard.owner_only import own_folder
from switchboard.reply_quality.comparing import (
    LanguageFigures,
    figures_of,
    side_by_side,
    with_goals,
)
from switchboard.reply_quality.measuring import Measuring
from switchboard.reply_quality.opening_figures import ShopFigures
from switchboard.reply_quality.own_loop import OwnLoop
from switchboard.reply_quality.quality_report import QualityReport, write_rows
from switchboard.reply_quality.reply_figures import ReplyFigure
from switchboard.reply_quality.reply_sources import AssistantReplies
from switchboard.reply_quality.run_file import RunFile
from switchboard.reply_quality.run_identity import run_depends
from switchboard.reply_quality.shop_outcomes import ShopOutcome, read_goal_results, read_outcomes
from switchboard.reply_quality.telling_rows import telling_rows
from switchboard.reply_quality.whole_files import written_at_once
from switchboard.settings import Settings
from switchboard.shop.speech import Phrasebook, open_phrasebook

OTHER = "versus"
"""The folder of the other version's run, below this one's."""


@dataclass(frozen=True)
class ReplyEvaluation:
    """One evaluation. `wanted`: names of figures, all if there is none; `samples`: for intervals
    and tests; `tell` is given lines of progress, and whether a line only counts on."""

    settings: Settings
    folder: Path
    wanted: Sequence[str]
    samples: int
    days: int
    tell: Callable[[str, bool], None]

    def run(
        self, against: Path, versus: Path | None, goals: Path | None, other_goals: Path | None
    ) -> str:
        """Measure a table, compare, and write the report, which is what comes back.

        Raises:
            ConfigurationError: a table or a run cannot be read, a figure is unknown.
            OSError: a file cannot be read or written.
        """
        if not against.is_file():
            raise ConfigurationError(f"there is no file {against}")
        own_folder(self.folder)
        reached = read_goal_results(goals) if goals else None
        others = read_goal_results(other_goals) if other_goals else None
        with ExitStack() as stack:
            stack.enter_context(closing(self._loop))
            figures = self._shop.figures(self.wanted)
            source = AssistantReplies(lambda: self._engine(stack), self._loop)
            grounded = any(figure.name == "grounded" for figure in figures)
            fault = self._shop.grounding.fault if grounded else None
            measuring = Measuring(figures, source, fault, self._count)
            depends = run_depends(self.settings)
            run = stack.enter_context(closing(measuring.measure(against, self.folder, depends)))
            other = None
            if versus is not None:
                other = stack.enter_context(closing(self._other(versus, measuring, depends)))
            found = self._compared(run, other, figures)
            if reached is not None:
                found = with_goals(found, reached, others, self.samples)
            return self._write(against, run, other, versus, found)

    def _compared(
        self, run: RunFile, other: RunFile | None, known: Sequence[ReplyFigure]
    ) -> list[LanguageFigures]:
        def tell(line: str) -> None:
            self.tell(line, False)

        if other is None:
            found = figures_of(run, known, self.samples, tell)
        else:
            found = side_by_side(run, other, known, self.samples, tell)
        if "perplexity" not in run.figures:
            return found
        usual = self._shop.language_model.held_out
        return [replace(own, usual=usual(own.language)) for own in found]

    def _other(self, versus: Path, measuring: Measuring, depends: dict[str, str]) -> RunFile:
        if versus.is_dir():
            return RunFile.done(versus)
        if not versus.is_file():
            raise ConfigurationError(f"there is no file or folder {versus}")
        self.tell(f"measuring {versus.name}", False)
        return measuring.measure(versus, own_folder(self.folder / OTHER), depends)

    def _write(
        self,
        against: Path,
        run: RunFile,
        other: RunFile | None,
        versus: Path | None,
        found: Sequence[LanguageFigures],
    ) -> str:
        known = self._shop.figures(run.figures)
        name = self.folder.name if versus and versus.is_dir() else against.stem
        told = [telling_rows(name, against, run, known)]
        if versus is not None and other is not None and versus.is_file():
            told.append(telling_rows(versus.stem, versus, other, known))
        report = QualityReport(
            name=name,
            other=versus.stem if versus else "",
            found=found,
            damaged=run.damaged,
            telling=[one for one in told if one is not None],
            outcomes=self._outcomes(),
            days=self.days,
        )
        text = report.markdown()
        for name, content in (("report.md", text), ("figures.json", report.as_json())):
            with written_at_once(self.folder / name) as file:
                file.write(content.encode())
        write_rows(self.folder / "rows.tsv", run, known)
        self._draw(report, found)
        return text

    def _draw(self, report: QualityReport, found: Sequence[LanguageFigures]) -> None:
        try:
            from switchboard.reply_quality.quality_plot import draw
        except ModuleNotFoundError:
            self.tell("no picture: matplotlib is not installed", False)
            return
        names = [name for name in (report.name, report.other) if name]
        draw(self.folder / "figures.png", found, names)

    def _outcomes(self) -> list[ShopOutcome]:
        """What conversations came to; nothing where there is no database yet, or it is away."""
        url, zone = self.settings.database_url, self._phrasebook.policy.timezone
        path = url.partition("sqlite:///")[2]
        if path and not Path(path).exists():
            return []
        try:
            period = Period.up_to(epoch_now(), self.days, zone)
            return read_outcomes(open_database(url), period, self.samples)
        except (SQLAlchemyError, ConfigurationError) as error:
            self.tell(f"conversations are not counted: {type(error).__name__}", False)
            return []

    def _count(self, rows: int, damaged: int, share: float) -> None:
        told = f", {damaged} damaged" if damaged else ""
        self.tell(f"{rows} replies measured{told} ({share:.0%})", True)

    def _engine(self, stack: ExitStack) -> AnswerEngine:
        """The assistant's engine. What a model costs is counted as any other call of it; without a
        model, nothing is written down."""
        url = self.settings.database_url
        if not self.settings.llm.configured:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="switchboard-replies-"))
            url = f"sqlite:///{folder}/asked.db"
        return open_answers(self.settings, self._library, self._phrasebook, open_database(url))

    @cached_property
    def _loop(self) -> OwnLoop:
        return OwnLoop()

    @cached_property
    def _phrasebook(self) -> Phrasebook:
        return open_phrasebook(self.settings.data_dir)

    @cached_property
    def _library(self) -> LiveLibrary:
        return open_library(self.settings, self._phrasebook)

    @cached_property
    def _shop(self) -> ShopFigures:
        llm = self.settings.llm
        return ShopFigures(
            library=lambda: self._library,
            data=self.settings.data_dir,
            phrasebook=self._phrasebook,
            model=self._model if llm.configured else None,
            loop=self._loop,
            seconds=llm.timeout,
        )

    def _model(self) -> MeteredModel:
        llm = self.settings.llm
        meter = open_meter(llm, open_database(self.settings.database_url))
        return MeteredModel(open_model(llm), meter)
