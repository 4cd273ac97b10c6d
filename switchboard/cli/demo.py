"""`switchboard demo`: a desk and an overview with life in them, on the running assistant."""

from __future__ import annotations

import time

import typer

from switchboard.cli.processes import local_url
from switchboard.cli.rest_token import find_token
from switchboard.settings import load_settings


def demo(
    again: bool = typer.Option(False, "--again", help="three days more, if the demo is there"),
    live: bool = typer.Option(
        False, "--live", help="then a new customer every 20 seconds, until Ctrl-C"
    ),
    learning: bool = typer.Option(
        False, "--learning", help="also customers whose words are misread: see docs/learning.md"
    ),
    clear: bool = typer.Option(False, "--clear", help="remove the demo's conversations and people"),
    force: bool = typer.Option(False, "--force", help="beside conversations that are not its own"),
    port: int = typer.Option(
        0, help="of Rasa's server, on this machine; else SWITCHBOARD_RASA_PORT", show_default=False
    ),
) -> None:
    """Fill the desk of `switchboard serve` with three days of customers who talk by themselves."""
    from switchboard.database.connection import open_database
    from switchboard.demo.demo_habits import habit_scripts, read_habits
    from switchboard.demo.demo_run import DemoRun
    from switchboard.demo.demo_script import read_scripts

    settings = load_settings()
    servers = settings.servers
    began = time.monotonic()
    run = DemoRun(
        open_database(settings.database_url),
        settings,
        local_url(servers.host, port or servers.rasa_port),
        tell=lambda line: print(line, flush=True),
        scripts=[*read_scripts(), *(habit_scripts(read_habits()) if learning else ())],
        token=find_token(servers.rest_token),
    )
    if clear:
        conversations, people = run.clear()
        print(f"Taken away of the demo: conversations {conversations}, people {people}.")
        return
    run.require_allowed(force)
    if run.is_there and not again:
        print("The demo is there. --again adds three days more, --clear removes it.")
    else:
        run.fill()
        print(f"Three days of customers, in {time.monotonic() - began:.0f} seconds.")
    print(f"The desk: {settings.desk.address}", flush=True)
    if live:
        try:
            run.trickle()
        except KeyboardInterrupt:
            print("No more customers.")
