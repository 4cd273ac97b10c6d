"""What `switchboard learn propose` finds in the demo's days: the wordings that were misread, with what
their writers meant."""

from __future__ import annotations

import time
from dataclasses import dataclass

import pytest

from switchboard.clock import DAY, epoch_now
from switchboard.database.connection import open_database
from switchboard.demo.demo_habits import habit_scripts, read_habits
from switchboard.demo.demo_marks import number_of
from switchboard.demo.demo_run import DemoRun
from switchboard.demo.demo_script import read_scripts
from switchboard.learning.heard_messages import read_heard
from switchboard.learning.proposal_book import Proposal, ProposalBook, ProposalKind, ProposalState
from switchboard.learning.proposing import propose_all
from switchboard.settings import load_settings
from switchboard.text.normal import plain_text
from tests.live.system import REST_TOKEN

pytestmark = pytest.mark.long

MEANT = {plain_text(text): habit.intent for habit in read_habits() for text in habit.wordings}
LEAVE = {plain_text(text) for habit in read_habits() for text in habit.leaves}
SECONDS = 120.0
LEAST_MISREAD = 0.9
LEAST_FOUND = 30
LEAST_RIGHT = 0.9


@dataclass
class Learnt:
    seconds: float
    wordings: dict[str, tuple[str, str]]
    """Of each conversation: what was written, and as what it was read."""
    proposals: list[Proposal]
    corrected: list[Proposal]

    def right(self, proposals):
        """Those that name what the writer meant; what was hidden in the words does not matter."""
        return [one for one in proposals if self.meant(one) == one.suggestion]

    def meant(self, proposal):
        text, _ = self.wordings.get(proposal.evidence[0].conversation, ("", ""))
        return MEANT.get(text)


def read_wordings(engine, since, until):
    return {
        one.conversation: (plain_text(one.text), one.intent)
        for heard in read_heard(engine, since, until)
        for one in heard
        if plain_text(one.text) in MEANT and number_of(one.conversation) is not None
    }


def by_the_demo(book):
    accepted = book.list(ProposalState.ACCEPTED, ProposalKind.WORDING)
    return [one for one in accepted if one.decided_by == "demo.ada"]


@pytest.fixture(scope="module")
def learnt(office):
    office.system.restore_shop()
    settings = load_settings({**office.system.environment})
    engine = open_database(settings.database_url)
    scripts = [*read_scripts(), *habit_scripts(read_habits())]
    run = DemoRun(engine, settings, office.system.url, scripts=scripts, token=REST_TOKEN)
    began = time.monotonic()
    run.fill()
    seconds = time.monotonic() - began
    now, book = epoch_now(), ProposalBook(engine)
    since = now - 4 * DAY
    propose_all(engine, settings.data_dir, since, now)
    found = book.list(kind=ProposalKind.WORDING)
    ours = [one for one in found if any(number_of(p.conversation) for p in one.evidence)]
    yield Learnt(seconds, read_wordings(engine, since, now), ours, by_the_demo(book))
    run.clear()
    assert by_the_demo(book) == []
    engine.dispose()


def test_the_days_are_filled_in_time(learnt):
    print(f"{len(learnt.wordings)} wordings, {learnt.seconds:.0f} s")
    assert learnt.seconds < SECONDS


def test_they_are_misread_by_the_model_of_today(learnt):
    assert sorted(text for text, _ in learnt.wordings.values()) == sorted(MEANT)
    misread = [text for text, intent in learnt.wordings.values() if intent != MEANT[text]]
    print(f"misread: {len(misread)} of {len(MEANT)}")
    assert len(misread) >= LEAST_MISREAD * len(MEANT)


def test_proposals_name_what_the_writers_meant(learnt):
    right = learnt.right(learnt.proposals)
    print(f"proposed: {len(learnt.proposals)}, right: {len(right)}")
    for one in learnt.proposals:
        if one not in right:
            print(f"  not: {one.subject} -> {one.suggestion} ({one.evidence[0].sign})")
    assert len(right) >= LEAST_FOUND
    assert len(right) >= LEAST_RIGHT * len(learnt.proposals)


def test_a_person_said_what_others_meant(learnt):
    said = {learnt.wordings[one.evidence[0].conversation][0] for one in learnt.corrected}
    assert said <= LEAVE
    assert len(said) >= LEAST_MISREAD * len(LEAVE)
    assert learnt.right(learnt.corrected) == learnt.corrected
