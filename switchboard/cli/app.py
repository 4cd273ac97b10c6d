"""The `switchboard` command: all its subcommands, and the mapping of errors to exit codes.

Exit codes: 0 done; 1 the thing that was asked for is not there, or a part failed; 2 the command
cannot run like this (an option, a setting, a port, a folder, the database).
"""

from __future__ import annotations

import os
import sys

import click
import typer
from sqlalchemy.exc import SQLAlchemyError

from switchboard.cli import (
    backup,
    catalogue,
    copy,
    database,
    demo,
    desk,
    email_channel,
    evaluate,
    evaluate_conversations,
    explain,
    facebook,
    knowledge,
    learn,
    privacy,
    restore,
    seed,
    serve,
    shell,
    telegram,
    train,
    wechat,
    wecom,
    whatsapp,
    x,
)
from switchboard.errors import SwitchboardError
from switchboard.owner_only import tighten_folder
from switchboard.project import VAR

app = typer.Typer(
    name="switchboard",
    help="A customer-service assistant for shops. Run it in the folder with the shop's data.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)
app.command()(shell.shell)
app.command()(serve.serve)
app.command()(train.train)
app.command()(seed.seed)
app.command()(demo.demo)
app.command()(catalogue.catalogue)
app.command()(copy.copy)
app.command()(backup.backup)
app.command()(restore.restore)
app.command()(explain.explain)
evaluate_conversations.register(evaluate.app)
app.add_typer(database.app, name="database")
app.add_typer(knowledge.app, name="knowledge")
app.add_typer(learn.app, name="learn")
app.add_typer(desk.app, name="desk")
app.add_typer(privacy.app, name="privacy")
app.add_typer(evaluate.app, name="evaluate")
app.command()(telegram.telegram)
app.command()(facebook.facebook)
app.command()(whatsapp.whatsapp)
app.command()(wechat.wechat)
app.command()(wecom.wecom)
app.command()(x.x)
app.command()(email_channel.email)


_FOR_ALL = (["train"], ["knowledge"], ["catalogue"])
"""What these write is the shop's own and no customer's: others may read it."""


def main() -> None:
    """Run the command given on the command line. What it writes, and the servers that it starts, is
    for the user alone that it runs as."""
    if sys.argv[1:2] not in _FOR_ALL:
        os.umask(0o077)
    tighten_folder(VAR)
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code.

    Errors are printed in one line, without a traceback.
    """
    try:
        return int(app(arguments, standalone_mode=False) or 0)
    except click.exceptions.Exit as ended:
        return int(ended.exit_code)
    except click.ClickException as error:
        return _fail(error.format_message())
    except SwitchboardError as error:
        return _fail(str(error))
    except SQLAlchemyError as error:
        # The error's text may contain the password of the URL.
        return _fail(f"the database cannot be used: {type(error).__name__}")
    except OSError as error:
        return _fail(f"{error.strerror or error}: {error.filename or ''}".rstrip(": "))
    except (KeyboardInterrupt, click.Abort):
        print("switchboard: interrupted", file=sys.stderr)
        return 130


def _fail(what: str) -> int:
    print("switchboard: " + " ".join(what.split()), file=sys.stderr)
    return 2


if __name__ == "__main__":
    main()
