"""`switchboard learn`: from a shop's talks to a better assistant."""

from __future__ import annotations

import typer

from switchboard.cli import fine_tune, learn_export, learn_imports

app = typer.Typer(
    help="Collect what customers said, label it, learn from it.", no_args_is_help=True
)
app.command("export")(learn_export.export)
app.command("check-labels")(learn_export.check_labels)
app.command("import-labels")(learn_imports.import_labels)
app.command("import-chats")(learn_imports.import_chats)
app.command("accept-canned")(learn_imports.accept_canned)
app.command("fine-tune")(fine_tune.fine_tune)
