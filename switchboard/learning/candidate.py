"""A candidate: the shop's files with accepted wordings in them, in a folder of its own, and the
model that is trained there; how it comes into service, and how the one before it comes back.

Nothing that serves is touched before `activate`. What it replaces lies in `before/` until the next
one.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from switchboard.errors import SwitchboardError
from switchboard.learning.comparison import Judgement
from switchboard.learning.learned_examples import FILE, add_examples, is_kept_back
from switchboard.learning.proposal_book import Proposal

FILES = ("config.yml", "domain.yml", "endpoints.yml", "credentials.yml")
MODEL = "candidate.tar.gz"
VECTORS = Path("var") / "embedding"
"""The sentence model and the vectors of examples, which need not be made anew."""
_TOLD, _MODELS_BEFORE, _EXAMPLES_BEFORE = "candidate.json", "models", "learned.yml"


class NoCandidate(SwitchboardError):
    """There is none, it is not trained or not better, or there is nothing to go back to."""


@dataclass(frozen=True)
class CandidateState:
    """What is known of the candidate; `proposals`: the numbers of those that its examples hold."""

    proposals: tuple[int, ...]
    verdict: str = ""
    gains: tuple[Mapping[str, Any], ...] = ()


class Candidate:
    """The candidate of a project, in `folder`."""

    def __init__(self, project: Path, folder: Path) -> None:
        self._project, self.folder = project, folder / "candidate"
        self._before = folder / "before"

    @property
    def model(self) -> Path:
        """Where its model lies once it is trained."""
        return self.folder / "models" / MODEL

    def prepare(self, wordings: Sequence[Proposal]) -> int:
        """Make the folder anew; how many examples it has more than the shop.

        Raises:
            NoCandidate: none of the wordings is a new example.
        """
        new = self.folder.with_name("candidate.new")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True)
        for name in FILES:
            if (self._project / name).exists():
                shutil.copy2(self._project / name, new / name)
        shutil.copytree(self._project / "data", new / "data")
        vectors = self._project / VECTORS
        vectors.mkdir(parents=True, exist_ok=True)
        (new / VECTORS).parent.mkdir()
        (new / VECTORS).symlink_to(vectors.resolve())
        taught = [one for one in wordings if not is_kept_back(one.subject)]
        added = add_examples(new / "data", taught)
        if not added:
            shutil.rmtree(new)
            raise NoCandidate("no accepted wording is a new example")
        _write(new / _TOLD, CandidateState(tuple(one.id for one in taught)))
        shutil.rmtree(self.folder, ignore_errors=True)
        new.rename(self.folder)
        return added

    def state(self) -> CandidateState:
        """What is known of it.

        Raises:
            NoCandidate: there is none.
        """
        try:
            told = json.loads((self.folder / _TOLD).read_text())
        except (OSError, ValueError):
            raise NoCandidate("there is no candidate: run switchboard learn train") from None
        return CandidateState(tuple(told["proposals"]), told["verdict"], tuple(told["gains"]))

    def note(self, verdict: Judgement, gains: Sequence[Mapping[str, Any]]) -> None:
        """Write down what a comparison came to.

        Raises:
            NoCandidate: there is none.
        """
        known = self.state()
        _write(self.folder / _TOLD, CandidateState(known.proposals, verdict.value, tuple(gains)))

    def activate(
        self, models: Path, name: str, stamp: tuple[str, str] | None = None, force: bool = False
    ) -> tuple[int, ...]:
        """Put its model and its examples into service, and keep what they replace; the proposals
        that are in service by it. `stamp`: a file among the models, and what it says of this one.

        Raises:
            NoCandidate: there is none, it has no model, or it is not better and `force` is not set.
        """
        state = self.state()
        if not self.model.exists():
            raise NoCandidate("the candidate is not trained: run switchboard learn train")
        if state.verdict != Judgement.BETTER.value and not force:
            raise NoCandidate(f"the candidate is {state.verdict or 'not compared yet'}")
        self._keep_before(models, state, stamp[0] if stamp else "")
        _put(self.model, models / name)
        _put(self.folder / "data" / FILE, self._project / "data" / FILE)
        if stamp:
            (models / stamp[0]).write_text(stamp[1])
        _remove_others(models, {name})
        shutil.rmtree(self.folder)
        return state.proposals

    def roll_back(self, models: Path) -> tuple[int, ...]:
        """Bring back what the last activation replaced; the proposals that are out of service.

        Raises:
            NoCandidate: nothing was activated.
        """
        try:
            told = json.loads((self._before / _TOLD).read_text())
        except (OSError, ValueError):
            raise NoCandidate("there is nothing to go back to") from None
        kept = sorted((self._before / _MODELS_BEFORE).iterdir())
        for file in kept:
            _put(file, models / file.name)
        examples = self._before / _EXAMPLES_BEFORE
        if examples.exists():
            _put(examples, self._project / "data" / FILE)
        else:
            (self._project / "data" / FILE).unlink(missing_ok=True)
        _remove_others(models, {file.name for file in kept})
        shutil.rmtree(self._before)
        return tuple(told["proposals"])

    def _keep_before(self, models: Path, state: CandidateState, stamp: str) -> None:
        serving = sorted(models.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
        new = self._before.with_name("before.new")
        shutil.rmtree(new, ignore_errors=True)
        (new / _MODELS_BEFORE).mkdir(parents=True)
        for file in [*serving[-1:], *(models / name for name in [stamp] if name)]:
            if file.exists():
                shutil.copy2(file, new / _MODELS_BEFORE / file.name)
        examples = self._project / "data" / FILE
        if examples.exists():
            shutil.copy2(examples, new / _EXAMPLES_BEFORE)
        _write(new / _TOLD, state)
        shutil.rmtree(self._before, ignore_errors=True)
        new.rename(self._before)


def _remove_others(models: Path, kept: set[str]) -> None:
    for model in models.glob("*.tar.gz"):
        if model.name not in kept:
            model.unlink()


def _write(path: Path, state: CandidateState) -> None:
    told = {
        "proposals": list(state.proposals),
        "verdict": state.verdict,
        "gains": [dict(gain) for gain in state.gains],
    }
    path.write_text(json.dumps(told, indent=1))


def _put(source: Path, target: Path) -> None:
    """Copy a file so that it is there whole or not at all, and the server's own user may read it:
    it is the shop's and no customer's."""
    target.parent.mkdir(parents=True, exist_ok=True)
    new = target.with_name(f"{target.name}.new")
    shutil.copyfile(source, new)
    new.chmod(0o644)
    os.replace(new, target)
