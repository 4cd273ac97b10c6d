"""`switchboard learn import-labels`, `import-chats`, `accept-canned`: what others know comes in."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from switchboard.cli.learn_export import known_intents, tell
from switchboard.errors import ConfigurationError, MacroRefused
from switchboard.project import VAR
from switchboard.settings import load_settings

if TYPE_CHECKING:
    from switchboard.collecting.chat_table import Damage
    from switchboard.collecting.hiding import Hider
    from switchboard.collecting.work_file import WorkFile
    from switchboard.tickets.macros import Macros

LEARNING = VAR / "learning"


def import_labels(
    file: Path = typer.Argument(..., help="Label Studio's export: JSON, JSON-MIN or CSV"),
    out: Path = typer.Option(LEARNING / "labels.yml", help="examples to add to"),
) -> None:
    """Make examples of what people labelled. Copy the file to data/nlu to train with it."""
    from switchboard.collecting.label_import import read_tasks
    from switchboard.collecting.label_merge import merge_labels

    _require_file(file)
    known = load_settings().data_dir / "nlu"
    merged = merge_labels(read_tasks(file), out, known, known_intents(), _hider(), tell)
    for line in merged.told:
        print(line)
    for why, number in merged.left_out.most_common():
        print(f"{number:>6} {why}")
    print(f"{merged.new} new, {merged.written} examples in {out}")
    if set(merged.left_out) - {"known already"}:
        raise typer.Exit(1)


def import_chats(
    file: Path = typer.Argument(..., help="a table of messages, CSV with a first line of names"),
    agents: str = typer.Option(..., help="authors who speak for the shop, with commas"),
    conversation: str = typer.Option("conversation", help="column"),
    time: str = typer.Option("time", help="column"),
    author: str = typer.Option("author", help="column"),
    text: str = typer.Option("text", help="column"),
    time_format: str = typer.Option("", help="of strptime, as %d/%m/%Y %H:%M; told by itself"),
    least: int = typer.Option(3, min=2, help="conversations from which it is often"),
    anew: bool = typer.Option(False, "--anew", help="forget an import that was broken off"),
) -> None:
    """Propose articles and canned texts from the past chats of another system."""
    from switchboard.collecting import chat_pairs, chat_threads
    from switchboard.collecting.chat_table import Columns, Damage
    from switchboard.collecting.work_file import WorkFile, remove_work

    _require_file(file)
    columns = Columns(conversation, time, author, text, time_format)
    stat = file.stat()
    options = {
        "file": [str(file.resolve()), stat.st_size, stat.st_mtime],
        "columns": list(vars(columns).values()),
        "agents": agents,
    }
    digest = hashlib.sha256(str(file.resolve()).encode()).hexdigest()[:12]
    place = LEARNING / f"chats-{digest}.db"
    if anew:
        remove_work(place)
    damage = Damage()
    with WorkFile(place, chat_threads.SHAPE + chat_pairs.SHAPE, options) as work:
        chat_threads.lay_in(work, file, columns, agents.split(","), damage, tell)
        _tell_damage(damage)
        pairs = chat_pairs.pair(work, tell)
        messages = work.number("SELECT COUNT(*) FROM messages")
        print(f"{messages} messages, {pairs} questions with an answer")
        _propose(work, least)
        work.remove()
    if damage.rows:
        raise typer.Exit(1)


def _propose(work: WorkFile, least: int) -> None:
    from switchboard.collecting.canned_drafts import FILE, HIDDEN, add_drafts
    from switchboard.collecting.chat_proposals import AGREED, propose_articles, propose_canned
    from switchboard.embedding.encoder import default_encoder

    drafts, encoder = load_settings().data_dir / "drafts", default_encoder()
    for one in propose_articles(work, encoder, _hider(), _covered(), least, tell):
        draft, asked = one.draft, f"asked {one.times} x"
        target = drafts / draft.language / f"{draft.name}.md"
        if one.covered_by:
            print(f"{asked}, there is an article: {one.covered_by}: {draft.title}")
        elif one.agreement < AGREED:
            print(f"{asked}, left out, the answers differ ({one.agreement:.2f}): {draft.title}")
        elif target.exists():
            print(f"{asked}, a draft waits already: {target}")
        else:
            hidden = " (has [name] or the like: write it anew)" * bool(HIDDEN.search(draft.text))
            print(f"{asked} -> {draft.write(drafts)}{hidden}")
    macros = _macros()
    known = [form for macro in macros.all() for form in (macro.english, macro.chinese)]
    new = add_drafts(drafts, propose_canned(work, encoder, _hider(), least), known)
    print(f"{new} canned texts -> {drafts / FILE}")
    print(
        "publish with: switchboard knowledge accept <language>/<name>, and: switchboard learn "
        "accept-canned NAME"
    )


def accept_canned(
    name: str = typer.Argument(..., help="as it stands in data/drafts/canned.yml"),
) -> None:
    """Keep a proposed canned text at the desk, once it is there in both languages."""
    from switchboard.collecting.canned_drafts import HIDDEN, read_drafts, write_drafts

    folder = load_settings().data_dir / "drafts"
    waiting = read_drafts(folder)
    if name not in waiting:
        print(f"no canned text {name!r} waits; there are: {', '.join(waiting) or 'none'}")
        raise typer.Exit(1)
    forms = waiting.pop(name)
    hidden = HIDDEN.search(f"{forms['en']} {forms['zh']}")
    if hidden:
        raise ConfigurationError(
            f"{name}: {hidden[0]} stands for something personal, write it anew"
        )
    try:
        _macros().save(name, forms["en"], forms["zh"])
    except MacroRefused as refused:
        what = {
            "text": "one of its texts is missing or too long",
            "name": "its name cannot be used",
        }
        why = what.get(str(refused), f"it names an unknown fact, {refused}")
        raise ConfigurationError(f"{name}: {why}") from None
    write_drafts(folder, waiting)
    print(f"{name}: at the desk")


def _tell_damage(damage: Damage) -> None:
    for why, number in damage.rows.most_common():
        print(f"{number} rows left out: {why}, first at line {damage.first[why]}")
    if len(damage.encodings) > 1:
        told = ", ".join(f"{number} {name}" for name, number in damage.encodings.most_common())
        print(f"lines by encoding: {told}")


def _require_file(file: Path) -> None:
    if not file.is_file():
        raise ConfigurationError(f"there is no file {file}")


def _hider() -> Hider:
    from switchboard.collecting.hiding import Hider
    from switchboard.shop.policy import load_policy

    return Hider(load_policy(load_settings().data_dir / "policy.yml").order_numbers)


def _macros() -> Macros:
    from switchboard.database.connection import open_database
    from switchboard.shop.policy import load_policy
    from switchboard.tickets.macros import Macros

    settings = load_settings()
    policy = load_policy(settings.data_dir / "policy.yml")
    return Macros(open_database(settings.database_url), settings.data_dir / "canned.yml", policy)


def _covered() -> Callable[[str, str], str]:
    """Finds the article that answers a question already."""
    from switchboard.answering.opening import open_library
    from switchboard.knowledge.certainty import ENOUGH
    from switchboard.shop.speech import open_phrasebook

    settings = load_settings()
    library = open_library(settings, open_phrasebook(settings.data_dir))

    def covered(question: str, language: str) -> str:
        hits = library.search(question, 1, language)
        return hits[0].passage.name if hits and hits[0].sure >= ENOUGH else ""

    return covered
