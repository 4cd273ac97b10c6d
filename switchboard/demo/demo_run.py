"""The demo as a whole: whether it may run, three days of traffic, a trickle, and its end."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Callable, Sequence

import httpx
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from switchboard.clock import DAY, epoch_now
from switchboard.conversations.log import ConversationLog
from switchboard.database.tables import (
    desk_links,
    open_turns,
    ratings,
    ticket_entries,
    ticket_mails,
    ticket_tags,
    tickets,
    turns,
    visits,
)
from switchboard.demo.demo_calendar import beginnings
from switchboard.demo.demo_corrections import DemoCorrections
from switchboard.demo.demo_customers import SECONDS, DemoCustomers
from switchboard.demo.demo_marks import conversations_by_mark, number_of
from switchboard.demo.demo_office import DemoOffice
from switchboard.demo.demo_script import DemoScript, When, read_scripts
from switchboard.demo.moving import Timeline, move_conversation
from switchboard.errors import DemoRefused
from switchboard.files.file_store import FileStore
from switchboard.overview import daily_sums, visit_book
from switchboard.overview.daily_sums import DailySums
from switchboard.overview.marks import set_mark
from switchboard.overview.question_groups import QuestionGroups
from switchboard.overview.visit_book import VisitBook
from switchboard.privacy.subjects import Subjects, new_pseudonym
from switchboard.settings import Settings
from switchboard.shop.policy import load_policy
from switchboard.shop.replies import Replies

AT_ONCE = 6
"""Conversations."""
EVERY = 20.0
"""Seconds from one customer of the trickle to the next."""
_SEED = 7
_COUNTED = (turns, visits, open_turns, ratings, tickets)
"""Where erased customers are still counted, under a pseudonym."""


class DemoRun:
    """Methods raise `DemoRefused`, SQLAlchemy's errors and `TicketError`. `tell` prints a line."""

    def __init__(
        self,
        engine: Engine,
        settings: Settings,
        base: str,
        tell: Callable[[str], None] = print,
        scripts: Sequence[DemoScript] | None = None,
        every: float = EVERY,
        token: str = "",
    ) -> None:
        self._engine, self._settings, self._base, self._tell = engine, settings, base, tell
        self._every, self._token = every, token
        self._scripts = read_scripts() if scripts is None else list(scripts)
        self._policy = load_policy(settings.data_dir / "policy.yml")
        replies = Replies(settings.data_dir / "replies", self._policy)
        self._office = DemoOffice(engine, replies)
        self._chance = random.Random(_SEED)  # noqa: S311  reproducible on purpose

    def require_allowed(self, force: bool) -> None:
        """Check that no real customer, order or person has anything to do with it.

        Raises:
            DemoRefused: they might; what it is.
        """
        keep = self._settings
        if not keep.orders_url.startswith("sqlite"):
            raise DemoRefused("SWITCHBOARD_ORDERS_URL names a system of your own: no demo there")
        if force:
            return
        others = len(conversations_by_mark(self._engine)[1])
        if others:
            raise DemoRefused(
                f"conversations in the database that are not the demo's: {others}; with --force "
                "the demo is added to them"
            )
        desk = keep.desk
        told = {
            "SWITCHBOARD_CHATWOOT_URL": keep.chatwoot.url,
            "SWITCHBOARD_NOTIFY_URL": desk.notify_url,
            "SWITCHBOARD_NOTIFY_EMAIL": desk.notify_email,
        }
        for name, value in told.items():
            if value:
                raise DemoRefused(
                    f"{name} is set, and the demo's tickets would be told there; --force does it"
                )

    @property
    def is_there(self) -> bool:
        """Whether the database holds demo conversations."""
        return bool(conversations_by_mark(self._engine)[0])

    def fill(self) -> None:
        """Three days of traffic; tells the passwords of people who are new."""
        asyncio.run(self._fill())

    def trickle(self, most: int | None = None) -> None:
        """A new customer every now and then, until interrupted; at most so many."""
        asyncio.run(self._trickle(most))

    def clear(self) -> tuple[int, int]:
        """Remove the demo's conversations with all that is counted of them, and its people; how
        many there were."""
        ours = conversations_by_mark(self._engine)[0]
        with self._engine.connect() as db:
            theirs = turns.c.conversation_id.in_(ours)
            first = db.execute(sa.select(sa.func.min(turns.c.at)).where(theirs)).scalar()
        subjects = Subjects(self._engine, FileStore(self._engine, self._settings.files_dir))
        DemoCorrections(self._engine).forget(frozenset(ours))
        stand_ins = [new_pseudonym() for _ in ours]
        for conversation_id, stand_in in zip(ours, stand_ins, strict=True):
            subjects.erase(conversation_id, stand_in)
        self._uncount(stand_ins)
        gone = self._office.close()
        if first is not None:
            self.sum_up(float(first) - 1)
        return len(ours), gone

    def sum_up(self, since: float) -> None:
        """Let the overview read anew what was moved to a time after `since`."""
        ours = conversations_by_mark(self._engine)[0]
        with self._engine.begin() as db:
            db.execute(sa.delete(visits).where(visits.c.conversation_id.in_(ours)))
            for mark in (visit_book.MARK, daily_sums.MARK):
                set_mark(db, mark, since)
        zone = self._policy.timezone
        VisitBook(self._engine, zone).refresh()
        DailySums(self._engine, zone).refresh()
        QuestionGroups(self._engine, zone).refresh()

    async def _fill(self) -> None:
        began = epoch_now()
        when = [script.when for script in self._scripts]
        wait_minutes = self._settings.desk.wait_minutes
        times = beginnings(self._policy, when, began, wait_minutes, self._chance)
        numbers = itertools.count(self._next_number())
        plan = sorted(zip(times, self._scripts, strict=True), key=lambda planned: planned[0])
        jobs = [(at, script, next(numbers)) for at, script in plan]
        gate, done = asyncio.Semaphore(AT_ONCE), itertools.count(1)
        async with self._client() as client:
            customers = self._customers(client)

            async def hold(at: float, script: DemoScript, number: int) -> None:
                async with gate:
                    # What ends just now began some minutes ago; how many, is known at its end.
                    ends_now = script.when is When.NOW
                    timeline = Timeline(epoch_now(), at - DAY if ends_now else at)
                    name = await customers.converse(script, number, timeline)
                    if ends_now:
                        timeline.end_at(epoch_now())
                    await asyncio.to_thread(move_conversation, self._engine, name, timeline)
                    count = next(done)
                    if count % 10 == 0 or count == len(jobs):
                        self._tell(f"{count} of {len(jobs)} conversations")

            # One alone: if it is refused, nobody has been taken on.
            first = next((job for job in jobs if not job[1].needs_people), None)
            if first is not None:
                await hold(*first)
                self._require_seen()
            await asyncio.to_thread(self._take_on)
            await asyncio.gather(*(hold(*job) for job in jobs if job is not first))
        await asyncio.to_thread(self.sum_up, min(times) - 1)

    async def _trickle(self, most: int | None) -> None:
        self._take_on()
        scripts = [s for s in self._scripts if s.when is not When.OVERDUE]
        self._chance.shuffle(scripts)
        numbers = itertools.count(self._next_number())
        talking: set[asyncio.Task[str]] = set()
        async with self._client() as client:
            customers = self._customers(client)
            for script in itertools.islice(itertools.cycle(scripts), most):
                now, number = epoch_now(), next(numbers)
                self._tell(f"customer {number} comes ({script.kind})")
                talk = customers.converse(script, number, Timeline(now, now), slowly=True)
                talking.add(asyncio.create_task(talk))
                await asyncio.sleep(self._every)
                for task in [one for one in talking if one.done()]:
                    talking.discard(task)
                    task.result()
            await asyncio.gather(*talking)

    def _take_on(self) -> None:
        for login, password in self._office.open().items():
            self._tell(f"Sign in as {login} with the password {password} (shown only now).")

    def _client(self) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {self._token}"}
        return httpx.AsyncClient(
            base_url=self._base, timeout=SECONDS, trust_env=False, headers=headers
        )

    def _customers(self, client: httpx.AsyncClient) -> DemoCustomers:
        keep = self._settings
        platforms = {"telegram": keep.telegram.bot_token, "facebook": keep.facebook.page_tokens}
        real = frozenset(kind for kind, token in platforms.items() if token)
        log = ConversationLog(self._engine)
        return DemoCustomers(client, log, self._office, real, self._chance)

    def _next_number(self) -> int:
        ours = conversations_by_mark(self._engine)[0]
        return 1 + max((number_of(name) or 0 for name in ours), default=0)

    def _require_seen(self) -> None:
        if not self.is_there:
            raise DemoRefused(
                f"the assistant at {self._base} keeps its conversations in another database"
            )

    def _uncount(self, stand_ins: Sequence[str]) -> None:
        theirs = tickets.c.conversation_id.in_(stand_ins)
        with self._engine.begin() as db:
            numbers = list(db.execute(sa.select(tickets.c.id).where(theirs)).scalars())
            for table in (ticket_entries, ticket_tags, ticket_mails, desk_links):
                db.execute(sa.delete(table).where(table.c.ticket_id.in_(numbers)))
            for table in _COUNTED:
                db.execute(sa.delete(table).where(table.c.conversation_id.in_(stand_ins)))
