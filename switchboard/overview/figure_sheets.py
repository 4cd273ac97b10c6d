"""The overview: the figures of each of its pages, and each table by its name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.engine import Connection, Engine

from switchboard.clock import epoch_now
from switchboard.overview.costs import cost_table, read_costs, total_cost
from switchboard.overview.figure_table import FigureTable, Unit
from switchboard.overview.handling_costs import read_handling
from switchboard.overview.handling_rate import handling_rate
from switchboard.overview.handovers import handover_table
from switchboard.overview.marks import read_mark
from switchboard.overview.period import LENGTHS, Period
from switchboard.overview.question_groups import (
    GroupKind,
    QuestionGroup,
    count_questions,
    counted_since,
    find_group,
    gap_table,
    is_compared,
    read_groups,
    topic_table,
)
from switchboard.overview.satisfaction import (
    Comment,
    anger_table,
    comment_table,
    mean_score,
    read_comments,
    read_scores,
    satisfaction_table,
    score_table,
)
from switchboard.overview.score_tables import (
    mood_table,
    quality_table,
    read_score_counts,
    reason_table,
    solved_table,
)
from switchboard.overview.scored_visits import (
    NAME,
    ScoredVisit,
    find_visit,
    score_lines,
    worst_visits,
)
from switchboard.overview.survey_agreement import agreement_table
from switchboard.overview.team import team_table
from switchboard.overview.ticket_export import ticket_export
from switchboard.overview.traffic import (
    Tile,
    channel_table,
    doubt_table,
    outcome_table,
    read_visit_sums,
    route_table,
    traffic_tiles,
)
from switchboard.overview.visit_book import MARK as VISITS_MARK
from switchboard.overview.waits import (
    Hour,
    hour_table,
    read_hours,
    read_tickets,
    times_table,
    waiting_table,
)
from switchboard.overview.wishes import wish_table
from switchboard.shop.policy import Policy

MOST_COMMENTS = 10_000
"""In an export."""
SCORES_NAME = NAME
"""Of the export that is read in parts (`FigureSheets.scores`)."""


@dataclass(frozen=True)
class Sheet:
    """What one page shows of a period: figures of all of it, and tables by name."""

    period: Period
    tables: Mapping[str, FigureTable]
    tiles: Sequence[Tile] = ()
    hours: Mapping[str, Sequence[Hour]] = field(default_factory=dict)
    gaps: Sequence[QuestionGroup] = ()
    questions: int = 0
    compared: bool = False
    """Whether topics could be compared with the period before."""
    counted_since: str = ""
    """The day from which on all open questions were counted; empty: all were."""
    person_seconds: float | None = None
    """What a person takes for one conversation: measured in the period, or as the shop states."""
    timed: int = 0
    """Conversations of which people's time was measured; 0: too few."""


class FigureSheets:
    """The figures of a shop. Methods raise SQLAlchemy's errors; it cannot be made with a policy
    whose figures of handling are wrong (ConfigurationError)."""

    def __init__(
        self, engine: Engine, policy: Policy, clock: Callable[[], float] = epoch_now
    ) -> None:
        self._engine, self._policy, self._clock = engine, policy, clock
        self._rate = handling_rate(policy)

    def period(self, days: int) -> Period:
        """The last `days` days, today included; 7 for a number that cannot be chosen."""
        length = days if days in LENGTHS else LENGTHS[0]
        return Period.up_to(self._clock(), length, self._policy.timezone)

    def summed_at(self) -> float | None:
        """Up to when conversations are in the figures; None before they were first summed up."""
        return read_mark(self._engine, VISITS_MARK)

    def conversations(self, period: Period) -> Sheet:
        """How many there were, what they came to, and why people were needed."""
        with self._engine.connect() as db:
            now, before = read_visit_sums(db, period), read_visit_sums(db, period.before)
            scores = [mean_score(read_scores(db, one)) for one in (period, period.before)]
            money = [total_cost(read_costs(db, one)) for one in (period, period.before)]
            handovers = handover_table(db, period)
        tiles = [
            *traffic_tiles(now, before),
            Tile("Satisfaction, 1 to 5", scores[0], Unit.SCORE, scores[1]),
            Tile("Money for the model", money[0], Unit.MONEY, money[1], rising_is_good=False),
        ]
        tables = [
            route_table(now, period),
            channel_table(now, period),
            outcome_table(now, period),
            doubt_table(now, before),
            handovers,
        ]
        return Sheet(period, _named(tables), tiles)

    def waiting(self, period: Period) -> Sheet:
        """How long customers waited for a person, and what each person did."""
        with self._engine.connect() as db:
            rows, team = read_tickets(db, period), team_table(db, period)
        hours = read_hours(rows, self._policy)
        tables = [
            waiting_table(rows),
            times_table("first-answers", rows, lambda one: one.answered, period),
            times_table("resolutions", rows, lambda one: one.resolved, period),
            hour_table(hours),
            team,
        ]
        return Sheet(period, _named(tables), hours=hours)

    def satisfaction(self, period: Period) -> Sheet:
        """How content customers were."""
        with self._engine.connect() as db:
            rows, anger = read_scores(db, period), anger_table(db, period)
        return Sheet(period, _named([satisfaction_table(rows, period), score_table(rows), anger]))

    def comments(self, period: Period, page: int) -> tuple[list[Comment], bool]:
        """A page of customers' comments, newest first, and whether there are older ones."""
        with self._engine.connect() as db:
            return read_comments(db, period, page)

    def questions(self, period: Period) -> Sheet:
        """What customers ask."""
        with self._engine.connect() as db:
            wishes = wish_table(db, period)
            topics, gaps = (
                read_groups(db, period, kind) for kind in (GroupKind.TOPIC, GroupKind.GAP)
            )
            asked, since = count_questions(db, period), counted_since(db) or 0.0
            compared = is_compared(db, period)
        tables = [wishes, topic_table(topics, compared), gap_table(gaps)]
        counted = "" if since <= period.since else period.day_of(since)
        return Sheet(
            period,
            _named(tables),
            gaps=gaps,
            questions=asked,
            compared=compared,
            counted_since=counted,
        )

    def gap(self, number: int) -> QuestionGroup | None:
        """A group of questions without an article; None once they were grouped anew."""
        with self._engine.connect() as db:
            return find_group(db, number, GroupKind.GAP)

    def quality(self, period: Period) -> Sheet:
        """How conversations went, told without a survey, and how far surveys agree."""
        with self._engine.connect() as db:
            counts = read_score_counts(db, period)
            tables = [
                quality_table(db, period),
                solved_table(counts),
                reason_table(counts),
                mood_table(counts),
                agreement_table(db, period),
            ]
        return Sheet(period, _named(tables))

    def worst(self, period: Period, page: int) -> tuple[list[ScoredVisit], bool]:
        """A page of conversations, worst first, and whether there are better ones."""
        with self._engine.connect() as db:
            return worst_visits(db, period, page)

    def scored_visit(self, number: int, began: str) -> ScoredVisit | None:
        """A conversation by the two numbers of its address; None once it was read anew."""
        with self._engine.connect() as db:
            return find_visit(db, number, began)

    def scores(self, period: Period) -> Iterator[str]:
        """Every conversation of a period with its score, as CSV in parts."""
        for number, table in enumerate(score_lines(self._engine, period, self._rate)):
            yield table.as_csv(heading=not number)

    def costs(self, period: Period) -> Sheet:
        """What the language model cost, and what conversations did."""
        with self._engine.connect() as db:
            handling = read_handling(db, period, self._rate)
            model = cost_table(read_costs(db, period), period)
        return Sheet(
            period,
            _named([model, handling.table]),
            person_seconds=handling.person_seconds,
            timed=handling.timed if handling.is_measured else 0,
        )

    def export(self, name: str, period: Period) -> FigureTable | None:
        """A table by its name; None if there is none of that name."""
        if name in ("tickets", "comments"):
            with self._engine.connect() as db:
                return self._listed(db, name, period)
        pages = (
            *(self.conversations, self.waiting, self.satisfaction, self.quality),
            *(self.questions, self.costs),
        )
        for page in pages:
            found = page(period).tables.get(name)
            if found is not None:
                return found
        return None

    def _listed(self, db: Connection, name: str, period: Period) -> FigureTable:
        if name == "tickets":
            return ticket_export(db, period)
        comments, _ = read_comments(db, period, size=MOST_COMMENTS)
        return comment_table(comments, period)


def _named(tables: Sequence[FigureTable]) -> dict[str, FigureTable]:
    return {table.name: table for table in tables}
