"""Messages of which it is known what they mean, and which no candidate was trained on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from switchboard.conversations.turn_result import Result
from switchboard.learning.comparison import Reading
from switchboard.learning.heard_messages import HeardMessage
from switchboard.learning.learned_examples import as_example, is_kept_back, read_examples
from switchboard.learning.misreadings import SOON, is_wish
from switchboard.learning.proposal_book import Proposal, ProposalKind

_GOES_ON = frozenset({"inform", "affirm"})
"""What a customer says in a form that is the right one."""
_CONTENT = frozenset({"thank", "goodbye", "affirm"})


def kept_back(decided: Iterable[Proposal]) -> list[Reading]:
    """Wordings that a person decided on and that were kept from training."""
    return [
        Reading(as_example(one.subject), one.suggestion)
        for one in decided
        if one.kind is ProposalKind.WORDING and is_kept_back(one.subject)
    ]


def confirmed(
    conversations: Iterable[Sequence[HeardMessage]],
    candidate_data: Path,
    decided: Iterable[Proposal],
    most: int,
) -> list[Reading]:
    """Messages that were read right, as their customers show: they went on in the form, or gave
    thanks. Silence shows nothing, since who is misread may leave as well; of what a person decided
    on, that tells. The model that serves read all of them so; by them a candidate can only lose."""
    taught = {line for lines in read_examples(candidate_data).values() for line in lines}
    taught.update(as_example(one.subject) for one in decided if one.kind is ProposalKind.WORDING)
    found: dict[str, Reading] = {}
    for heard in conversations:
        for reading in _confirmed_in(heard):
            line = as_example(reading.text)
            if line and line not in taught:
                found.setdefault(line, reading)
    return list(found.values())[-most:]


def _confirmed_in(heard: Sequence[HeardMessage]) -> Iterator[Reading]:
    for message, later in zip(heard, [*heard[1:], None], strict=True):
        if message.pressed or not is_wish(message.intent):
            continue
        if later is None or later.at - message.at > SOON:
            continue
        if message.form:
            served = later.intent in _GOES_ON
        else:
            served = message.result is Result.ANSWERED and later.intent in _CONTENT
        if served:
            yield Reading(message.text, message.intent)
