"""The commands of the loop in a project of their own; what a model is made of does not matter."""

import hashlib
import os
import subprocess
import sys

import pytest

from switchboard.cli.train import fingerprint
from switchboard.database.connection import open_database
from switchboard.learning.candidate import Candidate
from switchboard.learning.learned_examples import FILE, is_kept_back
from switchboard.learning.proposal_book import (
    Discovery,
    Evidence,
    ProposalBook,
    ProposalKind,
    ProposalState,
)
from switchboard.project import PROJECT as ROOT


class Project:
    def __init__(self, folder):
        self.folder = folder
        for name in ("config.yml", "domain.yml"):
            (folder / name).write_text("{}")
        (folder / "data" / "nlu").mkdir(parents=True)
        (folder / "models").mkdir()
        (folder / "models" / "one.tar.gz").write_text("the first model")
        (folder / "models" / ".trained-from").write_text(f"one.tar.gz {fingerprint(folder)}")
        self.engine = open_database(f"sqlite:///{folder / 'var' / 'switchboard.db'}")
        self.book = ProposalBook(self.engine)

    def propose(self, kind, subject, suggestion=""):
        piece = Evidence("c", 1.0, "said again", subject)
        self.book.propose([Discovery(kind, subject, "en", suggestion, (piece,))])
        return next(one.id for one in self.book.list() if one.subject == subject)

    def learn(self, *arguments, code=0):
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
        paths = [p for name in ("data", "models") for p in (self.folder / name).rglob("*")]
        return {p: hashlib.sha256(p.read_bytes()).hexdigest() for p in paths if p.is_file()}

    def stamp(self):
        return (self.folder / "models" / ".trained-from").read_text()


@pytest.fixture
def project(tmp_path):
    project = Project(tmp_path)
    yield project
    project.engine.dispose()


def test_into_service_and_back(project):
    text = next(t for n in range(99) if not is_kept_back(t := f"tell me about parcel {n}"))
    number = project.propose(ProposalKind.WORDING, text, "get_invoice")
    assert text in project.learn("list")
    project.learn("accept", number, "--as", "track_order")
    assert f"proposal {number} is not open" in project.learn("reject", number, code=1)
    before = project.files()
    candidate = Candidate(project.folder, project.folder / "var" / "learning")
    candidate.prepare(project.book.list(ProposalState.ACCEPTED))
    candidate.model.parent.mkdir()
    candidate.model.write_text("the better model")
    assert "not compared yet" in project.learn("activate", code=2)
    assert project.files() == before

    project.learn("activate", "--force")
    (model,) = (project.folder / "models").glob("*.tar.gz")
    assert model.read_text() == "the better model"
    assert model.stat().st_mode & 0o777 == 0o644  # the server's own user may read it
    assert text in (project.folder / "data" / FILE).read_text()
    assert project.stamp() == f"{model.name} {fingerprint(project.folder)}"
    assert project.book.get(number).state is ProposalState.WRITTEN

    project.learn("rollback")
    assert project.files() == before
    assert project.book.get(number).state is ProposalState.ACCEPTED
    assert "nothing to go back to" in project.learn("rollback", code=2)


def test_a_candidate_of_other_files_is_not_taken_for_one_of_these(project):
    text = next(t for n in range(99) if not is_kept_back(t := f"tell me about parcel {n}"))
    number = project.propose(ProposalKind.WORDING, text, "track_order")
    project.book.accept(number, "ada")
    candidate = Candidate(project.folder, project.folder / "var" / "learning")
    candidate.prepare(project.book.list(ProposalState.ACCEPTED))
    candidate.model.parent.mkdir()
    candidate.model.write_text("the better model")
    (project.folder / "domain.yml").write_text("changed: meanwhile")
    project.learn("activate", "--force")
    assert not project.stamp().endswith(fingerprint(project.folder))


def test_what_people_have_to_write_is_shown_with_its_path(project):
    number = project.propose(ProposalKind.INTENT, "do you sell gift cards")
    path = project.learn("accept", number).strip().splitlines()[-1]
    assert path.startswith(str(project.folder / "data" / "drafts" / "intents"))
    assert os.path.exists(path)
    assert path in project.learn("list", "--state", "written")
