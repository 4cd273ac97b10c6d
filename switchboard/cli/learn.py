"""`switchboard learn`: from a shop's talks to a better assistant."""

from __future__ import annotations

import typer

from switchboard.cli import (
    federate,
    fine_tune,
    learn_compare,
    learn_export,
    learn_imports,
    learn_loop,
)

app = typer.Typer(
    help="Collect what customers said, label it, learn from it.", no_args_is_help=True
)
app.command("propose")(learn_loop.propose)
app.command("list")(learn_loop.list_proposals)
app.command("accept")(learn_loop.accept)
app.command("reject")(learn_loop.reject)
app.command("train")(learn_loop.train)
app.command("compare")(learn_compare.compare_models)
app.command("activate")(learn_loop.activate)
app.command("rollback")(learn_loop.rollback)
app.command("shadow")(learn_loop.shadow)
app.command("export")(learn_export.export)
app.command("check-labels")(learn_export.check_labels)
app.command("import-labels")(learn_imports.import_labels)
app.command("import-chats")(learn_imports.import_chats)
app.command("accept-canned")(learn_imports.accept_canned)
app.command("fine-tune")(fine_tune.fine_tune)
app.command("federate")(federate.federate)
