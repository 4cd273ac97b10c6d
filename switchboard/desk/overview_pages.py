"""The overview's pages for supervisors: figures with their charts, exports, drafts of articles."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from switchboard.desk.guard import read_form, services_of
from switchboard.desk.readable import whole_number
from switchboard.desk.rendering import language_of, show
from switchboard.desk.wording import Words, ago, words_in
from switchboard.knowledge.importing import ArticleDraft
from switchboard.overview.figure_sheets import SCORES_NAME, FigureSheets, Sheet
from switchboard.overview.figure_table import Cell, Unit
from switchboard.overview.period import LENGTHS, Period
from switchboard.staff.sign_ins import SignIn
from switchboard.text.language import ENGLISH, SPOKEN
from switchboard.text.storable import clean_text

SHEETS: dict[str, Callable[[FigureSheets, Period], Sheet]] = {
    "conversations": FigureSheets.conversations,
    "waiting": FigureSheets.waiting,
    "satisfaction": FigureSheets.satisfaction,
    "quality": FigureSheets.quality,
    "questions": FigureSheets.questions,
    "costs": FigureSheets.costs,
}
_WITH_WORDS = ("satisfaction", "questions")
"""Pages that show what customers said, though redacted."""
MOST_TITLE, MOST_TEXT = 120, 20_000
_MOST_PAGES = 100_000


def shown(say: Words, cell: Cell, unit: Unit) -> str:
    """A cell as people read it."""
    if cell is None:
        return "–"
    if isinstance(cell, str):
        return cell
    return {
        Unit.COUNT: lambda: f"{cell:,.0f}",
        Unit.SHARE: lambda: f"{100 * cell:.0f} %",
        Unit.SECONDS: lambda: ago(say, cell),
        Unit.SCORE: lambda: f"{cell:.2f}",
        Unit.MONEY: lambda: f"{cell:,.2f}" if cell >= 1 or not cell else f"{cell:.4f}",
        Unit.CHANGE: lambda: f"{100 * cell:+.0f} %",
    }[unit]()


def _days(request: Request) -> int:
    return _number(request, "days")


def _number(request: Request, name: str) -> int:
    return whole_number(request.query_params.get(name, "")) or 0


async def overview(request: Request, me: SignIn) -> Response:
    """One of the overview's pages; without a name, the first."""
    name = request.path_params.get("sheet", "conversations")
    if name not in SHEETS:
        raise HTTPException(404, "There is no such page.")
    figures = services_of(request).overview
    if name in _WITH_WORDS:
        looked = f"overview, {name}"
        await asyncio.to_thread(services_of(request).audit.look, me.person.id, looked)
    period = figures.period(_days(request))
    page = min(_number(request, "page"), _MOST_PAGES)
    found = await asyncio.to_thread(SHEETS[name], figures, period)
    comments, older = (
        await asyncio.to_thread(figures.comments, period, page)
        if name == "satisfaction"
        else ([], False)
    )
    worst, better = (
        await asyncio.to_thread(figures.worst, period, page) if name == "quality" else ([], False)
    )
    return show(
        request,
        f"overview_{name}.html",
        me,
        sheet=found,
        current=name,
        names=list(SHEETS),
        lengths=LENGTHS,
        summed_at=await asyncio.to_thread(figures.summed_at),
        comments=comments,
        older=older,
        worst=worst,
        better=better,
        units=Unit,
        page=page,
        saved=request.query_params.get("saved", ""),
        shown=partial(shown, words_in(language_of(request, me))),
    )


async def export(request: Request, me: SignIn) -> Response:
    """A table as CSV; the export is audited."""
    services, name = services_of(request), request.path_params["name"]
    period = services.overview.period(_days(request))
    found = None
    if name != SCORES_NAME:
        found = await asyncio.to_thread(services.overview.export, name, period)
        if found is None:
            raise HTTPException(404, "There is no such table.")
    detail = f"{name}, {period.days} days"
    await asyncio.to_thread(services.audit.record, me.person.id, "export figures", detail)
    attached = {"Content-Disposition": f"attachment; filename={name}.csv"}
    if found is None:  # of every conversation: in parts, which are read in threads
        parts = services.overview.scores(period)
        return StreamingResponse(parts, media_type="text/csv", headers=attached)
    written = await asyncio.to_thread(found.as_csv)
    return Response(written, media_type="text/csv", headers=attached)


async def moved(request: Request, me: SignIn) -> Response:
    """To where the figures are that were here."""
    raw = request.path_params.get("ending", "")
    target = "/overview/export/tickets.csv" if raw else "/overview"
    days = _days(request)
    return RedirectResponse(f"{target}?days={days}" if days else target, 308)


async def ask_for_draft(request: Request, me: SignIn) -> Response:
    """The form for an article that answers a group of questions."""
    figures = services_of(request).overview
    gap = await asyncio.to_thread(figures.gap, _number(request, "gap"))
    if gap is None:
        raise HTTPException(404, "These questions have been grouped anew. Go back to them.")
    language = gap.language if gap.language in SPOKEN else ENGLISH
    draft = ArticleDraft(gap.question[:MOST_TITLE], "", language, (gap.question,))
    return show(request, "overview_draft.html", me, draft=draft, spoken=SPOKEN, wrong="")


async def save_draft(request: Request, me: SignIn) -> Response:
    """Save a draft beside the articles; it answers nobody before it is published."""
    form, services = await read_form(request, me), services_of(request)
    say = words_in(language_of(request, me))
    words = {key: clean_text(str(value)).strip() for key, value in form.items()}
    draft = ArticleDraft(
        " ".join(words.get("title", "").split())[:MOST_TITLE],
        words.get("text", "")[:MOST_TEXT],
        words.get("language", ""),
        tuple(line for line in words.get("questions", "")[:MOST_TEXT].splitlines() if line.strip()),
    )
    if draft.language not in SPOKEN or not draft.title or not draft.text:
        wrong = say("A draft needs a title and a text.")
    elif (services.drafts / draft.language / f"{draft.name}.md").exists():
        wrong = say("There is a draft of this name. Choose another title.")
    else:
        await asyncio.to_thread(draft.write, services.drafts)
        name = f"{draft.language}/{draft.name}"
        await asyncio.to_thread(services.audit.record, me.person.id, "draft article", name)
        return RedirectResponse(f"/overview/questions?saved={name}", 303)
    kept = draft if draft.language in SPOKEN else replace(draft, language=ENGLISH)
    return show(
        request, "overview_draft.html", me, draft=kept, spoken=SPOKEN, wrong=wrong, status=400
    )
