"""The loop by its commands: misread messages, a better model, into service and back."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from itertools import product

import pytest
import yaml

from switchboard.cli.train import newest_model
from switchboard.clock import epoch_now
from switchboard.database.connection import open_database
from switchboard.learning.learned_examples import is_kept_back
from switchboard.learning.proposal_book import ProposalBook, ProposalKind, ProposalState
from switchboard.project import PROJECT as ROOT
from tests.live.system import System

LINKED = "actions config.yml credentials.yml domain.yml endpoints.yml".split()
MEANT = "track_order"
PLAIN = "where is my order"
"""What each customer says when they are not understood."""
_FAMILY = [
    " ".join(parts).strip()
    for parts in product(
        ("any sign of", "what's the craic with", "how goes it with", "no sight of"),
        ("me order", "me wee order", "me orders", "me auld order"),
        ("", "like", "so", "at all", "boss", "now", "lads", "this week"),
    )
] + [
    " ".join(parts).strip()
    for parts in product(
        ("any bit of word on", "how's about", "what's the story with"),
        ("me order", "me wee order", "me orders", "me auld order"),
        ("", "like", "so", "at all", "boss"),
    )
]
ODD = [text for text in _FAMILY if is_kept_back(text)]
ODD += [text for text in _FAMILY if text not in ODD][::3]
"""How some of them say it."""
SERVED = [
    "which payment methods do you accept",
    "can I pay with PayPal",
    "how much is delivery",
    "how long does delivery take",
    "how long do I have to return something",
    "what is your phone number",
    "when are you open",
    "how do I create an account",
    "I forgot my password",
    "how do I unsubscribe from the newsletter",
    "how do I delete my account",
    "how can I reach your customer service by e-mail",
    "where do you deliver to",
    "what is the fee for cancelling",
    "do you accept credit cards",
    "how do I change my account details",
]


class Shop:
    """A copy of the project, its commands, and its assistant."""

    def __init__(self, folder, seeded_shop):
        self.folder = folder
        for name in LINKED:
            (folder / name).symlink_to(ROOT / name)
        shutil.copytree(ROOT / "data", folder / "data")
        (folder / "models").mkdir()
        for name in (newest_model().name, ".trained-from", "certainty.json"):
            shutil.copy2(ROOT / "models" / name, folder / "models" / name)
        (folder / "var").mkdir()
        (folder / "var" / "embedding").symlink_to((ROOT / "var" / "embedding").resolve())
        self._few_goals()
        running = folder / "running"
        running.mkdir()
        self.system = System(running, seeded_shop, SWITCHBOARD_DATA_DIR=str(folder / "data"))
        self.system.database_path = folder / "var" / "switchboard.db"
        self.system.model = self.serving
        self.engine = open_database(f"sqlite:///{self.system.database_path}")
        self.book = ProposalBook(self.engine)

    def _few_goals(self):
        path = self.folder / "data" / "goals" / "goals.yml"
        goals = yaml.safe_load(path.read_text(encoding="utf-8"))["goals"][:1]
        path.write_text(yaml.safe_dump({"goals": goals}, allow_unicode=True), encoding="utf-8")

    @property
    def serving(self):
        """The model in service."""
        (model,) = (self.folder / "models").glob("*.tar.gz")
        return model

    def run(self, *arguments, code=0):
        """What `switchboard learn` says."""
        done = subprocess.run(
            [sys.executable, "-m", "switchboard.cli.app", "learn", *map(str, arguments)],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def files(self):
        """The digests of data and models."""
        paths = [p for name in ("data", "models") for p in (self.folder / name).rglob("*")]
        return {
            str(path): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in paths
            if path.is_file()
        }

    def states(self):
        """The states of the proposals."""
        return {one.id: state for state in ProposalState for one in self.book.list(state)}

    def read_as(self, sender):
        """What the newest message of a customer was read as by the classifier."""
        rows = self.system.run(
            "SELECT data FROM conversation_events WHERE conversation_id = ? AND kind = 'user'"
            " ORDER BY id DESC",
            sender,
        )
        parsed = json.loads(rows[0][0])["parse_data"]
        return parsed["intent"]["name"]


@pytest.fixture(scope="module")
def shop(tmp_path_factory, seeded_shop):
    shop = Shop(tmp_path_factory.mktemp("learning"), seeded_shop)
    shop.system.start()
    yield shop
    shop.system.stop()
    shop.engine.dispose()


@pytest.mark.long
@pytest.mark.xdist_group("learning")  # it has a system of its own, and trains for minutes
def test_from_misread_messages_to_a_better_model_and_back(shop):
    system = shop.system
    for number, odd in enumerate(ODD):
        for text in (odd, PLAIN):
            system.say(f"odd-{number}", text)
    for number, text in enumerate(SERVED):
        system.say(f"served-{number}", text)
        system.say(f"served-{number}", "thank you")

    assert "new proposals" in shop.run("propose")
    assert "0 new proposals" in shop.run("propose")
    found = shop.book.list(kind=ProposalKind.WORDING)
    first = found[0]
    assert first.subject in shop.run("list", "--kind", "wording")
    shop.run("accept", first.id, "--as", MEANT)
    shop.run("accept", first.id, code=1)
    for one in found[1:]:
        if one.subject in ODD:
            shop.book.accept(one.id, "ada", MEANT)
    accepted = shop.book.list(ProposalState.ACCEPTED, ProposalKind.WORDING)
    print(Counter(is_kept_back(one.subject) for one in accepted))

    before, files = shop.states(), shop.files()
    began = epoch_now()
    assert "new examples" in shop.run("train")
    print(f"trained in {epoch_now() - began:.0f} s")
    assert shop.files() == files  # nothing that serves is touched
    assert "not compared yet" in shop.run("activate", code=2)
    compared = shop.run("compare")
    print(compared)
    assert "the candidate is better" in compared
    assert "goals of simulated customers: 2," in compared

    shown = shop.run("shadow", "--minutes", "0", "--from", "0")
    assert re.search(rf"/ {MEANT}: {re.escape(accepted[0].subject)}", shown)

    unheard = next(one.subject for one in accepted if is_kept_back(one.subject))
    system.say("before", unheard)
    assert shop.read_as("before") != MEANT
    shop.run("activate")
    system.model = shop.serving
    system.restart_rasa()
    system.say("after", unheard)
    assert shop.read_as("after") == MEANT
    written = {one.id for one in shop.book.list(ProposalState.WRITTEN)}
    assert written == {one.id for one in accepted if not is_kept_back(one.subject)}

    shop.run("rollback")
    assert shop.files() == files
    assert shop.states() == before
    system.model = shop.serving
    system.restart_rasa()
    system.say("back", unheard)
    assert shop.read_as("back") == shop.read_as("before")
    shop.run("rollback", code=2)
