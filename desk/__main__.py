"""`python -m desk serve | add-person | list | show T-… | resolve T-… [what was done] | counts`."""

from __future__ import annotations

import argparse
import getpass
import sys
import time
from datetime import datetime

from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from switchboard.conversations import ConversationLog
from switchboard.errors import SwitchboardError
from switchboard.handoff.story import read_lines, write_transcript
from switchboard.handoff.tickets import Ticket, TicketBook
from switchboard.people.directory import Directory, Role
from switchboard.settings import load_settings
from switchboard.store import open_database
from switchboard.turns import count_routes

PORT = 5010


def _printable(text: str) -> str:
    """Customer text without what a terminal would obey: escapes, bells, direction marks."""
    return "".join(char if char.isprintable() or char == "\n" else "·" for char in text)


def _ago(moment: float) -> str:
    minutes = int((time.time() - moment) // 60)
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 1440} days"


def list_tickets(tickets: list[Ticket]) -> str:
    """One line a ticket."""
    if not tickets:
        return "No tickets."
    lines = []
    for ticket in tickets:
        state = "open" if ticket.resolved_at is None else "resolved"
        waited = _ago(ticket.opened_at)
        lines.append(
            f"{ticket.reference}  {state:<8}  {waited:>8}  {ticket.channel:<10}  "
            f"{_printable(ticket.story.summary)[:100]}"
        )
    return "\n".join(lines)


def show_ticket(ticket: Ticket, later: str) -> str:
    """The whole file: why, what, which order, what was tried, every word."""
    story = ticket.story
    proof = "identity proved" if story.order_proved else "identity not proved"
    opened = datetime.fromtimestamp(ticket.opened_at).strftime("%Y-%m-%d %H:%M")
    rows = [
        ("Ticket", ticket.reference),
        ("Opened", f"{opened} ({_ago(ticket.opened_at)} ago)"),
        ("Customer", f"{ticket.sender_id} on {ticket.channel}"),
        ("Reason", story.reason_text),
        ("Mood", "unknown" if story.mood is None else f"{story.mood:.2f} negative"),
        ("Asked", story.asked),
        ("Tried", story.tried or "nothing"),
        ("Order", f"{story.order_number} ({proof})" if story.order_number else "none named"),
        ("Summary", story.summary),
    ]
    if ticket.resolved_at is not None:
        rows.append(("Resolved", ticket.resolution or ""))
    head = "\n".join(f"{name:<9} {_printable(value)}" for name, value in rows)
    parts = [head, "", "Conversation (UTC):", _printable(story.transcript)]
    if later:
        parts += ["", "Since then:", _printable(later)]
    return "\n".join(parts)


def _show(engine: Engine, tickets: TicketBook, reference: str) -> int:
    ticket = tickets.get(reference)
    if ticket is None:
        print(f"desk: there is no ticket {reference}", file=sys.stderr)
        return 1
    events = ConversationLog(engine).everything(ticket.sender_id, after=ticket.opened_at)
    until = ticket.resolved_at or float("inf")
    lines = [line for line in read_lines(events) if line.at <= until]
    print(show_ticket(ticket, write_transcript(lines)))
    return 0


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="desk", description="Tickets of Switchboard.")
    commands = parser.add_subparsers(dest="command")
    listing = commands.add_parser("list", help="open tickets, longest wait first")
    listing.add_argument("--all", action="store_true", help="resolved ones too")
    commands.add_parser("show", help="one ticket, whole").add_argument("reference")
    resolving = commands.add_parser("resolve", help="close it and give the bot back")
    resolving.add_argument("reference")
    resolving.add_argument("resolution", nargs="*", help="what was done")
    serving = commands.add_parser("serve", help="the desk in the browser, on loopback")
    serving.add_argument("--port", type=int, default=PORT)
    adding = commands.add_parser("add-person", help="take somebody on; asks for the password")
    adding.add_argument("login")
    adding.add_argument("name")
    adding.add_argument("--supervisor", action="store_true")
    commands.add_parser("counts", help="turns by route: known, open, person")
    return parser.parse_args(arguments)


def serve(port: int) -> int:
    """The desk's pages, until the process is told to end."""
    import uvicorn

    from desk.app import make_app
    from desk.services import open_services

    app = make_app(open_services(load_settings()))
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=port,
        ws="none",  # for web sockets it wants a newer library than Rasa's server has
        log_level="warning",
        timeout_graceful_shutdown=2,
    )
    return 0


def add_person(engine: Engine, given: argparse.Namespace) -> int:
    """Take somebody on. The password comes from the terminal, or from a pipe."""
    role = Role.SUPERVISOR if given.supervisor else Role.AGENT
    asked = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline()
    person = Directory(engine).add(given.login, given.name, role, asked.rstrip("\n"), None)
    print(f"{person.name} may sign in as {person.login} ({person.role.value}).")
    return 0


def main(arguments: list[str]) -> int:
    """Run one command."""
    given = _parse(arguments)
    try:
        settings = load_settings()
        if given.command == "serve":
            return serve(given.port)
        engine = open_database(settings.database_url)
        if given.command == "add-person":
            return add_person(engine, given)
        tickets = TicketBook(engine)
        if given.command == "show":
            return _show(engine, tickets, given.reference)
        if given.command == "resolve":
            if not tickets.resolve(given.reference, " ".join(given.resolution)):
                print(f"desk: no open ticket {given.reference}", file=sys.stderr)
                return 1
            print(f"{given.reference.upper()} is resolved; the bot has the conversation again.")
        elif given.command == "counts":
            for route, number in count_routes(engine).items():
                print(f"{route:<8} {number}")
        else:
            print(list_tickets(tickets.waiting(getattr(given, "all", False))))
    except (SwitchboardError, SQLAlchemyError) as error:
        print(f"desk: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
