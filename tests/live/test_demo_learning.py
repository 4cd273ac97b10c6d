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
from switchboard.embedding.encoder import default_encoder
from switchboard.learning.findings import find_wordings
from switchboard.learning.heard_messages import read_heard
from switchboard.learning.proposal_book import Proposal, ProposalBook, ProposalKind, ProposalState
from switchboard.settings import load_settings
from tests.live.system import REST_TOKEN

pytestmark = pytest.mark.long


def heard(text):
    """As the assistant keeps what is said."""
    return plain_text(clean_text(text))


MEANT = {heard(text): habit.intent for habit in read_habits() for text in habit.wordings}
SECONDS = 120.0
LEAST_MISREAD = 0.9
LEAST_FOUND = 30
LEAST_RIGHT = 0.9


@dataclass
class Learnt:
    seconds: float
    read_as: dict[str, str]
    """What each wording was read as."""
    proposals: list[Proposal]
    corrected: list[Proposal]

    def right(self, proposals):
        return [one for one in proposals if MEANT.get(one.subject) == one.suggestion]


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
    read_as = {
        one.text: one.intent
        for heard in read_heard(engine, since, now)
        for one in heard
        if one.text in MEANT and number_of(one.conversation) is not None
    }
    book.propose(find_wordings(engine, default_encoder(), since, now))
    found = book.list(kind=ProposalKind.WORDING)
    corrected = book.list(ProposalState.ACCEPTED, ProposalKind.WORDING)
    ours = [one for one in found if any(number_of(p.conversation) for p in one.evidence)]
    yield Learnt(seconds, read_as, ours, corrected)
    run.clear()
    assert book.list(ProposalState.ACCEPTED, ProposalKind.WORDING) == []
    engine.dispose()


def test_the_days_are_filled_in_time(learnt):
    print(f"{len(learnt.read_as)} wordings, {learnt.seconds:.0f} s")
    assert learnt.seconds < SECONDS


def test_they_are_misread_by_the_model_of_today(learnt):
    assert learnt.read_as.keys() == MEANT.keys()
    misread = [text for text, intent in learnt.read_as.items() if intent != MEANT[text]]
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
    left = [text for habit in read_habits() for text in habit.leaves]
    assert {one.subject for one in learnt.corrected} <= set(left)
    assert len(learnt.corrected) >= LEAST_MISREAD * len(left)
    assert learnt.right(learnt.corrected) == learnt.corrected
