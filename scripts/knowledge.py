"""`make knowledge`: import what the shop has, see what is missing, accept drafts, watch costs."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from switchboard.answering.gaps import find_gaps, propose
from switchboard.answering.ledger import DAY, Ledger
from switchboard.embedding.encoder import default_encoder
from switchboard.errors import ConfigurationError
from switchboard.knowledge.articles import read_article
from switchboard.knowledge.importing import read_csv, read_folder
from switchboard.policy import load_policy
from switchboard.reading.language import SPOKEN
from switchboard.settings import Settings, load_settings
from switchboard.store import open_database


def _import_folder(settings: Settings, folder: str) -> None:
    number = 0
    for path, draft in read_folder(Path(folder)):
        print(f"{path.name} -> {draft.write(settings.data_dir / 'drafts')}")
        number += 1
    print(f"{number} drafts; publish one with: accept <language>/<name>")


def _import_csv(settings: Settings, file: str) -> None:
    drafts = read_csv(Path(file).read_text(encoding="utf-8"))
    for draft in drafts:
        print(draft.write(settings.data_dir / "drafts"))
    print(f"{len(drafts)} drafts; publish one with: accept <language>/<name>")


def _accept(settings: Settings, name: str) -> None:
    """Move a draft to the articles, once it reads as one."""
    language, _, stem = name.removesuffix(".md").partition("/")
    if language not in SPOKEN or not stem or "/" in stem or stem.startswith("."):
        raise ConfigurationError(f"name the draft as <language>/<name>, not {name!r}")
    draft = settings.data_dir / "drafts" / language / f"{stem}.md"
    target = settings.data_dir / "articles" / language / draft.name
    if target.exists():
        raise ConfigurationError(f"{target} exists already")
    read_article(draft, load_policy(settings.data_dir / "policy.yml"), language)
    draft.rename(target)
    print(f"{target}: read within seconds, no restart needed")


def _gaps(settings: Settings, days: float) -> None:
    engine = open_database(settings.database_url)
    for gap in find_gaps(engine, default_encoder(), time.time() - days * DAY):
        print(f"{gap.times:>5} x  {gap.language}  {gap.question[:90]}  (nearest: {gap.nearest})")


def _propose(settings: Settings) -> None:
    drafts = propose(open_database(settings.database_url))
    for draft in drafts:
        print(draft.write(settings.data_dir / "drafts"))
    print(f"{len(drafts)} drafts from resolved cases: read and edit them before you accept any")


def _costs(settings: Settings, days: int) -> None:
    ledger = Ledger(open_database(settings.database_url))
    today = time.time() // DAY * DAY
    print("day (UTC)    turns    tokens      money")
    for start in (today - DAY * back for back in range(days)):
        spent = ledger.spent(start, start + DAY)
        shown = time.strftime("%Y-%m-%d", time.gmtime(start))
        print(f"{shown}  {spent.turns:>7}  {spent.tokens:>8}  {spent.money:>9.4f}")
    print("outcomes:", ledger.outcomes(today - DAY * (days - 1)))


def main(arguments: list[str] | None = None) -> int:
    """Run one of the commands."""
    parser = argparse.ArgumentParser(prog="make knowledge", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("import", help="HTML and Markdown files").add_argument("folder")
    commands.add_parser("import-csv", help="columns question, answer").add_argument("file")
    commands.add_parser("propose", help="drafts from resolved cases")
    commands.add_parser("accept", help="publish a draft").add_argument("name")
    gaps = commands.add_parser("gaps", help="questions that found no article")
    gaps.add_argument("--days", type=float, default=30)
    costs = commands.add_parser("costs", help="tokens and money by day")
    costs.add_argument("--days", type=int, default=7)
    given = parser.parse_args(arguments)
    settings = load_settings()
    try:
        if given.command == "import":
            _import_folder(settings, given.folder)
        elif given.command == "import-csv":
            _import_csv(settings, given.file)
        elif given.command == "accept":
            _accept(settings, given.name)
        elif given.command == "propose":
            _propose(settings)
        elif given.command == "gaps":
            _gaps(settings, given.days)
        else:
            _costs(settings, given.days)
    except (ConfigurationError, OSError) as error:
        print(error)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
