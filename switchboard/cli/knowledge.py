"""`switchboard knowledge`: import articles, see what is missing, accept drafts, watch costs."""

from __future__ import annotations

import time
from pathlib import Path

import typer

from switchboard.clock import DAY, epoch_now
from switchboard.errors import ConfigurationError
from switchboard.settings import load_settings

app = typer.Typer(help="The shop's articles: drafts, gaps and costs.", no_args_is_help=True)
_NEXT = "publish one with: switchboard knowledge accept <language>/<name>"


@app.command("import")
def import_folder(folder: Path = typer.Argument(..., help="of HTML and Markdown files")) -> None:
    """Make a draft of each HTML and Markdown file; unreadable ones are named and left out."""
    from switchboard.knowledge.importing import Unreadable, read_folder

    drafts, refused = 0, 0
    for path, found in read_folder(folder):
        if isinstance(found, Unreadable):
            print(f"{path.name}: left out, {found.why}")
            refused += 1
        else:
            print(f"{path.name} -> {found.write(load_settings().data_dir / 'drafts')}")
            drafts += 1
    print(f"{drafts} drafts; {_NEXT}")
    if refused:
        raise typer.Exit(1)


@app.command()
def import_csv(file: Path = typer.Argument(..., help="with columns question, answer")) -> None:
    """Make drafts of a table of questions and answers."""
    from switchboard.knowledge.importing import read_csv

    try:
        drafts = read_csv(file.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise ConfigurationError(f"{file} is not UTF-8") from None
    for draft in drafts:
        print(draft.write(load_settings().data_dir / "drafts"))
    print(f"{len(drafts)} drafts; {_NEXT}")


@app.command()
def check(
    names: list[str] = typer.Argument(None, help="as en/name; all articles by default"),
) -> None:
    """Find statements that cannot be said alone ("it", "this") or that contradict others."""
    from switchboard.knowledge.articles import read_article
    from switchboard.knowledge.checking import check_passages
    from switchboard.shop.policy import load_policy

    data = load_settings().data_dir
    policy, folder = load_policy(data / "policy.yml"), data / "articles"
    named = [folder / f"{name.removesuffix('.md')}.md" for name in names or ()]
    checked = wrong = 0
    for path in named or sorted(folder.glob("*/*.md")):
        language = path.parent.name
        passages = read_article(path, policy, language)
        checked += sum(len(passage.statements) for passage in passages)
        for finding in check_passages(passages):
            wrong += 1
            print(f"{language}/{path.stem}: {finding.statement.text}")
            print(f"    {finding.why}: {finding.advice}")
    print(f"{checked} statements, {wrong} that cannot stand alone")
    opposed = _contradictions(data)
    if wrong or opposed:
        raise typer.Exit(1)


def _contradictions(data: Path) -> int:
    """Print the pairs of sentences that cannot both hold; how many there are."""
    from switchboard.answering.opposed_statements import find_opposed
    from switchboard.knowledge_graph.lexicon import FILE

    if not (data / FILE).exists():
        return 0
    found = find_opposed(data)
    for one in found:
        print(f"{one.why}:")
        print(f"    {one.first} ({one.first_place})")
        print(f"    {one.second} ({one.second_place})")
    print(f"{len(found)} contradictions between articles, policy and catalogue")
    return len(found)


@app.command()
def graph(
    facts: bool = typer.Option(False, help="list what was read of the articles' statements"),
    path: tuple[str, str] = typer.Option(
        ("", ""), help="the shortest way between two nodes, as product:TB-106 material:wood"
    ),
    untold: bool = typer.Option(False, help="list the products of which no article says anything"),
    export: Path = typer.Option(None, help="write it as GraphML, for Gephi, yEd or Cytoscape"),
) -> None:
    """Show the knowledge graph: its size, what was read, a path, what nothing is said of."""
    from switchboard.knowledge_graph import graph_export
    from switchboard.knowledge_graph.graph_building import build_graph
    from switchboard.knowledge_graph.lexicon import FILE, load_lexicon
    from switchboard.shop.speech import open_phrasebook

    data = load_settings().data_dir
    lexicon = load_lexicon(data / FILE)
    if lexicon is None:
        raise ConfigurationError(f"there is no {data / FILE}, of which a graph could be built")
    shop = open_phrasebook(data)
    built = build_graph(lexicon, shop.catalogue, shop.policy, data / "articles")
    print(f"{len(built.names)} nodes, {len(built.edges)} edges, {len(built.facts)} facts")
    if facts:
        for fact in built.facts:
            subjects = ", ".join(fact.subjects)
            print(f"{subjects} —{fact.property}: {fact.value}→ {built.said[fact.said].text}")
    if all(path):
        lines = graph_export.way(built, *path)
        print("\n".join(lines) or "there is no way between them")
    if untold:
        print("\n".join(f"{node}  {built.name(node, 'en')}" for node in graph_export.untold(built)))
    if export is not None:
        graph_export.write_graphml(built, export)
        print(f"written to {export}")


@app.command()
def accept(name: str = typer.Argument(..., help="as en/name")) -> None:
    """Publish a draft, once it reads as an article."""
    from switchboard.knowledge.articles import read_article
    from switchboard.shop.policy import load_policy
    from switchboard.text.language import SPOKEN

    data = load_settings().data_dir
    language, _, stem = name.removesuffix(".md").partition("/")
    if language not in SPOKEN or not stem or "/" in stem or stem.startswith("."):
        raise ConfigurationError(f"name the draft as <language>/<name>, not {name!r}")
    draft = data / "drafts" / language / f"{stem}.md"
    target = data / "articles" / language / draft.name
    if target.exists():
        raise ConfigurationError(f"{target} exists already")
    if not read_article(draft, load_policy(data / "policy.yml"), language):
        raise ConfigurationError(f"{draft} has no text yet")
    draft.rename(target)
    print(f"{target}: read within seconds, no restart needed")


@app.command()
def propose() -> None:
    """Make drafts of what people answered in resolved tickets."""
    from switchboard.answering.gaps import propose as propose_drafts
    from switchboard.database.connection import open_database

    settings = load_settings()
    drafts = propose_drafts(open_database(settings.database_url))
    for draft in drafts:
        print(draft.write(settings.data_dir / "drafts"))
    print(f"{len(drafts)} drafts from resolved tickets: read and edit them before you accept any")


@app.command()
def gaps(days: float = typer.Option(30, help="how far to look back")) -> None:
    """Questions that found no article, most frequent first."""
    from switchboard.answering.gaps import find_gaps
    from switchboard.database.connection import open_database
    from switchboard.embedding.encoder import default_encoder

    engine = open_database(load_settings().database_url)
    for gap in find_gaps(engine, default_encoder(), epoch_now() - days * DAY):
        print(f"{gap.times:>5} x  {gap.language}  {gap.question[:90]}  (nearest: {gap.nearest})")


@app.command()
def costs(days: int = typer.Option(7, help="how many days (UTC)")) -> None:
    """Tokens and money by day, and what open questions came to."""
    from switchboard.answering.ledger import Ledger
    from switchboard.database.connection import open_database

    ledger = Ledger(open_database(load_settings().database_url))
    today = epoch_now() // DAY * DAY
    print("day (UTC)    turns    tokens      money")
    for start in (today - DAY * back for back in range(days)):
        spent = ledger.spent(start, start + DAY)
        shown = time.strftime("%Y-%m-%d", time.gmtime(start))
        print(f"{shown}  {spent.turns:>7}  {spent.tokens:>8}  {spent.money:>9.4f}")
    print("outcomes:", ledger.outcomes(today - DAY * (days - 1)))
