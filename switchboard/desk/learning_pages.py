"""What conversations seem to teach: supervisors accept, correct or reject it."""

from __future__ import annotations

import asyncio
import logging

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from switchboard.clock import DAY, epoch_now
from switchboard.desk.desk_services import DeskServices
from switchboard.desk.guard import read_form, services_of
from switchboard.desk.readable import whole_number
from switchboard.desk.rendering import show
from switchboard.failures import place_of
from switchboard.learning.accepted_drafts import waiting_drafts, write_accepted
from switchboard.learning.doubtful import correction, least_certain
from switchboard.learning.heard_messages import HeardMessage, heard_at
from switchboard.learning.misreadings import is_wish
from switchboard.learning.proposal_book import (
    AlreadyDecided,
    Proposal,
    ProposalKind,
    ProposalState,
)
from switchboard.privacy.redaction import redact
from switchboard.staff.sign_ins import SignIn
from switchboard.welcome.first_words import read_first_words

logger = logging.getLogger(__name__)

MOST_SHOWN = 100
DAYS = 7
"""Of conversations whose readings are shown."""


async def learning(request: Request, me: SignIn) -> Response:
    """Open proposals, those with the most evidence first, and what is accepted already: wordings
    not yet in service, and drafts that wait for people."""
    services = services_of(request)
    await asyncio.to_thread(services.audit.look, me.person.id, "proposals")
    found = await asyncio.to_thread(services.proposals.list)
    accepted = await asyncio.to_thread(services.proposals.list, ProposalState.ACCEPTED)
    return show(
        request,
        "learning.html",
        me,
        proposals=found[:MOST_SHOWN],
        left=max(len(found) - MOST_SHOWN, 0),
        accepted=accepted,
        drafts=await asyncio.to_thread(_waiting_drafts, services),
        intents=sorted(services.intents),
    )


def _waiting_drafts(services: DeskServices) -> list[tuple[Proposal, str]]:
    """What was written for people and is still there, with its path."""
    top = services.drafts.parent.parent
    found = waiting_drafts(services.proposals, services.drafts)
    return [(proposal, str(path.relative_to(top))) for proposal, path in found[:MOST_SHOWN]]


async def readings(request: Request, me: SignIn) -> Response:
    """What was read with the least certainty in the last days, to correct it; seeing it is on the
    trail."""
    services = services_of(request)
    now, ask = epoch_now(), read_first_words(services.policy).asks

    def look() -> list[HeardMessage]:
        services.audit.look(me.person.id, "uncertain readings")
        return least_certain(services.engine, now - DAYS * DAY, now, ask)

    found = await asyncio.to_thread(look)
    intents = sorted(filter(is_wish, services.intents))
    return show(request, "readings.html", me, readings=found, intents=intents, hide=redact)


async def correct(request: Request, me: SignIn) -> Response:
    """Say what a message means."""
    form, services = await read_form(request, me), services_of(request)
    number = whole_number(str(form.get("event") or ""))
    meant = str(form.get("meant") or "")
    if number is None or not (meant in services.intents and is_wish(meant)):
        raise HTTPException(400, "Something is missing in this form.")

    def do() -> None:
        message = heard_at(services.engine, number)
        if message is None:
            raise HTTPException(409, "That is no longer possible.")
        services.proposals.correct(correction(message, meant, me.person.login), me.person.login)
        services.audit.record(me.person.id, "correct reading", meant)

    await asyncio.to_thread(do)
    return RedirectResponse("/learning/readings", 303)


async def decide(request: Request, me: SignIn) -> Response:
    """Accept a proposal, with a correction, or reject it."""
    form, services = await read_form(request, me), services_of(request)
    number = whole_number(str(form.get("number") or ""))
    what = str(form.get("what") or "")
    suggestion = str(form.get("suggestion") or "").strip()
    if what not in ("accept", "reject") or number is None:
        raise HTTPException(400, "Something is missing in this form.")

    def do() -> None:
        proposal = services.proposals.get(number)
        if proposal is None:
            raise AlreadyDecided(f"there is no proposal {number}")
        is_wording = proposal.kind is ProposalKind.WORDING
        if what == "reject":
            services.proposals.reject(number, me.person.login)
        elif is_wording and not (suggestion in services.intents and is_wish(suggestion)):
            raise HTTPException(400, "There is no such intent.")
        else:
            words = str(form.get("subject") or "").strip()
            services.proposals.accept(number, me.person.login, suggestion, words)
            _write_drafts(services)
        services.audit.record(me.person.id, f"{what} proposal", str(number))

    try:
        await asyncio.to_thread(do)
    except AlreadyDecided:
        raise HTTPException(409, "That is no longer possible.") from None
    return RedirectResponse("/learning", 303)


def _write_drafts(services: DeskServices) -> None:
    """Write what was accepted; a folder that cannot be written keeps nobody from deciding."""
    try:
        write_accepted(services.proposals, services.drafts)
    except OSError as error:
        logger.error("a draft is not written, and is tried again: %s", place_of(error))


async def accept_several(request: Request, me: SignIn) -> Response:
    """Accept the wordings that were ticked, as they are proposed; those that somebody decided on
    meanwhile stay as they are."""
    form, services = await read_form(request, me), services_of(request)
    numbers = [whole_number(str(given)) for given in form.getlist("number")]
    if not numbers or None in numbers:
        raise HTTPException(400, "Something is missing in this form.")

    def do() -> None:
        found = [services.proposals.get(number) for number in numbers if number is not None]
        fitting = [
            one.id
            for one in found
            if one is not None
            and one.kind is ProposalKind.WORDING
            and one.suggestion in services.intents
            and is_wish(one.suggestion)
        ]
        for number in services.proposals.accept_several(fitting, me.person.login):
            services.audit.record(me.person.id, "accept proposal", str(number))

    await asyncio.to_thread(do)
    return RedirectResponse("/learning", 303)
