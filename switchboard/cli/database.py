"""`switchboard database`: what revision it is of, and upgrading it as a step of its own."""

from __future__ import annotations

import typer

from switchboard.settings import load_settings

app = typer.Typer(help="The database's revision, and its upgrade.", no_args_is_help=True)


@app.command()
def upgrade() -> None:
    """Create or upgrade it, while servers of the version before work on it."""
    from switchboard.database.connection import REVISION, open_database

    open_database(load_settings().database_url).dispose()
    print(f"The database is ready for revision {REVISION}.")


@app.command()
def status() -> None:
    """Its revision beside that of this code; changes nothing. Exit code 1: upgrade it."""
    from switchboard.database.compatibility import State, how_it_fits
    from switchboard.database.connection import REVISION, open_engine

    with open_engine(load_settings().database_url).connect() as db:
        fit = how_it_fits(db, REVISION)
    fit.require()
    told = {
        State.OLDER: "switchboard database upgrade",
        State.CURRENT: "nothing to do",
        State.NEWER: "this code can work on it",
    }[fit.state]
    print(f"database: {fit.found or 'empty'}; code: {fit.wanted}; {told}")
    raise typer.Exit(1 if fit.state is State.OLDER else 0)
