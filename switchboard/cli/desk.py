"""`switchboard desk`: tickets in the terminal, desk accounts, and the desk's server."""

from __future__ import annotations

import getpass
import sys
from datetime import datetime

import typer
from sqlalchemy.engine import Engine

from switchboard.clock import epoch_now
from switchboard.conversations.log import ConversationLog
from switchboard.conversations.turn_log import count_routes
from switchboard.database.connection import open_database
from switchboard.private_logs import keep_private
from switchboard.settings import load_settings
from switchboard.shop.policy import load_policy
from switchboard.shop.replies import Replies
from switchboard.staff.audit import AuditTrail, Record
from switchboard.staff.directory import Directory, Role
from switchboard.tickets.entries import EntryKind
from switchboard.tickets.story import read_lines, write_transcript
from switchboard.tickets.ticket_acts import TicketActs
from switchboard.tickets.ticket_book import Ticket, TicketBook

app = typer.Typer(help="Tickets, and the people who take them. Without a command: open tickets.")


def _engine() -> Engine:
    return open_database(load_settings().database_url)


@app.callback(invoke_without_command=True)
def _default(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        print(list_tickets(TicketBook(_engine()).waiting()))


@app.command("list")
def list_command(
    every: bool = typer.Option(False, "--all", help="resolved ones too"),
) -> None:
    """Tickets, longest wait first."""
    print(list_tickets(TicketBook(_engine()).waiting(every)))


@app.command()
def show(reference: str) -> None:
    """One ticket, whole."""
    engine = _engine()
    ticket = _find(engine, reference)
    AuditTrail(engine).look(None, ticket.reference)
    events = ConversationLog(engine).everything(ticket.conversation_id, after=ticket.opened_at)
    until = ticket.resolved_at or float("inf")
    lines = [line for line in read_lines(events) if line.at <= until]
    print(show_ticket(ticket, write_transcript(lines)))


@app.command()
def resolve(
    reference: str,
    resolution: list[str] = typer.Argument(None, help="what was done, for colleagues"),
) -> None:
    """Close a ticket, as at the desk: the customer is told and asked how it was."""
    settings, engine = load_settings(), _engine()
    ticket = _find(engine, reference)
    replies = Replies(settings.data_dir / "replies", load_policy(settings.data_dir / "policy.yml"))
    acts = TicketActs(engine, replies)
    if not acts.finish(ticket, None, EntryKind.CLOSED, " ".join(resolution or ())):
        print(f"switchboard: {ticket.reference} is closed already", file=sys.stderr)
        raise typer.Exit(1)
    print(f"{ticket.reference} is resolved; the bot has the conversation again.")


@app.command()
def counts() -> None:
    """Turns by route: known, open, person."""
    for route, number in count_routes(_engine()).items():
        print(f"{route:<8} {number}")


@app.command()
def add_person(
    login: str,
    name: str,
    supervisor: bool = typer.Option(False, help="sees people, figures and the trail too"),
    email: str = typer.Option("", help="by which an OpenID provider knows them"),
) -> None:
    """Take somebody on. The password comes from the terminal, or from a pipe."""
    role = Role.SUPERVISOR if supervisor else Role.AGENT
    asked = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline()
    person = Directory(_engine()).add(login, name, role, asked.rstrip("\n"), None, email)
    print(f"{person.name} may sign in as {person.login} ({person.role.value}).")


@app.command()
def reset_second_factor(login: str) -> None:
    """Take away somebody's second factor, and sign them out: they add a new one."""
    from switchboard.staff.second_factor import SecondFactors

    engine = _engine()
    person = Directory(engine).find_login(login.strip().lower())
    if person is None or not SecondFactors(engine).remove(person, None):
        print(f"switchboard: {login} has no second factor", file=sys.stderr)
        raise typer.Exit(1)
    print(f"{person.name} is asked for no code any more.")


@app.command()
def trail(
    verify: bool = typer.Option(False, help="read all of it, and tell the first row that is wrong"),
) -> None:
    """Who did what: the newest 50, or whether anything of it was changed."""
    engine = _engine()
    if not verify:
        print(list_records(AuditTrail(engine).newest(50), Directory(engine)))
        return
    found = AuditTrail(engine).verify()
    if found.broken is not None:
        told = f"row {found.broken} of the trail was changed, put in, or follows a missing one"
        print(f"switchboard: {told}", file=sys.stderr)
        raise typer.Exit(1)
    print(f"The trail is whole: {found.rows} rows. To be noted elsewhere: {found.hash}")


@app.command()
def serve(
    port: int = typer.Option(0, help="else SWITCHBOARD_DESK_PORT", show_default=False),
) -> None:
    """The desk in the browser, on SWITCHBOARD_HOST, until the process is told to end."""
    import uvicorn

    from switchboard.desk.app import make_app
    from switchboard.desk.desk_services import open_services
    from switchboard.observing.log_lines import configure_logs
    from switchboard.observing.tracing import start_tracing, stop_tracing

    settings = load_settings()
    configure_logs("desk", settings.watch)
    keep_private(settings.log_words)
    start_tracing("desk", settings.watch)
    try:
        uvicorn.run(
            make_app(open_services(settings)),
            host=settings.servers.host,
            port=port or settings.desk.port,
            # Where a request comes from is a proxy's word, taken from those that are known.
            proxy_headers=bool(settings.desk.proxies),
            forwarded_allow_ips=list(settings.desk.proxies),
            ws="none",  # uvicorn's web sockets need a newer library than Rasa's server has
            log_config=None,  # ours
            log_level="warning",
            timeout_graceful_shutdown=2,
        )
    finally:
        stop_tracing()


def _find(engine: Engine, reference: str) -> Ticket:
    ticket = TicketBook(engine).get(reference)
    if ticket is None:
        print(f"switchboard: there is no ticket {reference}", file=sys.stderr)
        raise typer.Exit(1)
    return ticket


def _printable(text: str) -> str:
    """Customer text without control characters: escapes, bells, direction marks."""
    return "".join(char if char.isprintable() or char == "\n" else "·" for char in text)


def _ago(moment: float) -> str:
    minutes = int((epoch_now() - moment) // 60)
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 1440} days"


def list_tickets(tickets: list[Ticket]) -> str:
    """One line per ticket."""
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


def list_records(records: list[tuple[int, Record]], directory: Directory) -> str:
    """One line per record."""
    logins = {person.id: person.login for person in directory.everybody()}
    lines = []
    for number, record in records:
        at = datetime.fromtimestamp(record.at).strftime("%Y-%m-%d %H:%M")
        who = logins.get(record.person_id or 0, "-")
        told = _printable(f"{record.act}  {record.subject}  {record.detail}".rstrip())
        lines.append(f"{number:>6}  {at}  {who:<12}  {told}")
    return "\n".join(lines)


def show_ticket(ticket: Ticket, later: str) -> str:
    """A ticket with its story and transcript, and what was said after it."""
    story = ticket.story
    proof = "identity proved" if story.order_proved else "identity not proved"
    opened = datetime.fromtimestamp(ticket.opened_at).strftime("%Y-%m-%d %H:%M")
    rows = [
        ("Ticket", ticket.reference),
        ("Opened", f"{opened} ({_ago(ticket.opened_at)} ago)"),
        ("Customer", f"{ticket.conversation_id} on {ticket.channel}"),
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
