"""What an accepted proposal becomes where people have to write: a file among the shop's drafts.

- a missing article: a draft with the questions that customers asked and no text yet;
- a missing intent: its wordings, for a developer;
- an answer that led to tickets, a contradiction: what to review, and why.

Nobody is answered from any of them. A wording is none: it becomes an example of a candidate. What
lies there already stays as it is.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from switchboard.knowledge.importing import ArticleDraft
from switchboard.learning.learned_examples import as_example
from switchboard.learning.proposal_book import (
    Evidence,
    Proposal,
    ProposalBook,
    ProposalKind,
    ProposalState,
)
from switchboard.text.language import ENGLISH, SPOKEN

MOST_TITLE = 120
"""Characters of an article's title."""
MOST_LISTED = 200
"""Pieces of evidence that a draft lists, the newest."""
INTENTS, REVIEW = "intents", "review"
"""Folders of the drafts."""
_WHY = {
    ProposalKind.ANSWER: "Customers asked for a person soon after they were answered from it:",
    ProposalKind.CONTRADICTION: "Both stand in the shop's files, and cannot both hold:",
}


def draft_place(proposal: Proposal) -> Path | None:
    """Where its draft lies below the folder of drafts; None for a wording."""
    if proposal.kind is ProposalKind.WORDING:
        return None
    if proposal.kind is ProposalKind.ARTICLE:
        draft = _article(proposal, ())
        return Path(draft.language, f"{draft.name}.md")
    folder = INTENTS if proposal.kind is ProposalKind.INTENT else REVIEW
    digest = hashlib.sha256(f"{proposal.kind.value} {proposal.subject}".encode()).hexdigest()[:8]
    name = ArticleDraft(proposal.subject[:40], "", ENGLISH).name
    return Path(folder, f"{name}-{digest}.md")


def write_accepted(book: ProposalBook, drafts: Path) -> list[Path]:
    """Write the drafts of all accepted proposals that have none yet; those of this call.

    Raises:
        OSError: one cannot be written; it is tried again the next time.
    """
    written = []
    for proposal, place in _with_places(book, ProposalState.ACCEPTED):
        _write(proposal, drafts, place, book.evidence(proposal.id, MOST_LISTED))
        book.note_written([proposal.id])
        written.append(drafts / place)
    return written


def waiting_drafts(book: ProposalBook, drafts: Path) -> list[tuple[Proposal, Path]]:
    """What was written and is still there."""
    found = _with_places(book, ProposalState.WRITTEN)
    return [(proposal, drafts / place) for proposal, place in found if (drafts / place).exists()]


def _with_places(book: ProposalBook, state: ProposalState) -> Iterator[tuple[Proposal, Path]]:
    for kind in ProposalKind:
        if kind is not ProposalKind.WORDING:
            for proposal in book.list(state, kind):
                place = draft_place(proposal)
                if place is not None:
                    yield proposal, place


def _write(proposal: Proposal, drafts: Path, place: Path, evidence: Iterable[Evidence]) -> None:
    target = drafts / place
    if target.exists():
        return
    if proposal.kind is ProposalKind.ARTICLE:
        _article(proposal, evidence).write(drafts)
        return
    lines = _intent(proposal, evidence)
    if proposal.kind is not ProposalKind.INTENT:
        lines = _review(proposal, evidence)
    target.parent.mkdir(parents=True, exist_ok=True)
    new = target.with_suffix(".new")
    new.write_text("\n".join([*lines, ""]), encoding="utf-8")
    os.replace(new, target)


def _article(proposal: Proposal, evidence: Iterable[Evidence]) -> ArticleDraft:
    asked = dict.fromkeys([_line(proposal.subject), *(_line(piece.said) for piece in evidence)])
    language = proposal.language if proposal.language in SPOKEN else ENGLISH
    return ArticleDraft(_line(proposal.subject)[:MOST_TITLE], "", language, tuple(asked))


def _intent(proposal: Proposal, evidence: Iterable[Evidence]) -> list[str]:
    said = [proposal.subject, *(piece.said for piece in evidence)]
    wordings = dict.fromkeys(filter(None, map(as_example, said)))
    return [
        f"# {_line(proposal.subject)}",
        "",
        f"Customers asked this {proposal.times} times ({proposal.language}); no intent is of it.",
        "`docs/skills.md` tells how to add one. Its examples:",
        "",
        *(f"- {wording}" for wording in wordings),
    ]


def _review(proposal: Proposal, evidence: Iterable[Evidence]) -> list[str]:
    found = [
        f"- {_line(piece.said)}{f' / {_line(piece.later)}' if piece.later else ''}"
        for piece in evidence
    ]
    why = f" ({_line(proposal.suggestion)})" if proposal.suggestion else ""
    return [f"# {_line(proposal.subject)}{why}", "", _WHY[proposal.kind], "", *found]


def _line(text: str) -> str:
    return " ".join(text.split())
