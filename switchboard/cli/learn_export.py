"""`switchboard learn export`, `check-labels`: what customers said, to be labelled and learned."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from switchboard.errors import ConfigurationError
from switchboard.settings import load_settings

if TYPE_CHECKING:
    from switchboard.collecting.collector import Collector
    from switchboard.collecting.consenting import Collected
    from switchboard.collecting.nlu_file import LabelledText

FORMATS = ("nlu", "label-studio", "training")
_DAY = "%Y-%m-%d"


def export(
    folder: Path = typer.Argument(..., help="a new folder"),
    since: str = typer.Option("", help="the first day (UTC), as 2026-11-01; 90 days ago"),
    until: str = typer.Option("", help="the day behind the last one; tomorrow"),
    formats: str = typer.Option(",".join(FORMATS), help="with commas"),
    given: bool = typer.Option(
        False, "--consent-given", help="only who consented, though the shop does not ask for it"
    ),
    demo: bool = typer.Option(False, "--demo", help="the demo's conversations, not the real ones"),
    check: bool = typer.Option(True, help="look for intents that are likely wrong"),
    anew: bool = typer.Option(False, "--anew", help="forget an export that was broken off"),
) -> None:
    """Collect messages by consent and period, without duplicates and personal data."""
    from switchboard.collecting.work_file import remove_work

    wished = [name for name in formats.replace(",", " ").split() if name]
    if not wished or set(wished) - set(FORMATS):
        raise ConfigurationError(f"--formats: any of {', '.join(FORMATS)}")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigurationError(f"{folder} is there already")
    wanted = _wanted(since, until, given, demo)
    # Everything lies beside until all of it is whole.
    beside = folder.with_name(f".{folder.name}.part")
    if anew:
        remove_work(beside / "work.db")
    _write(beside, wanted, wished, check)
    if folder.exists():
        folder.rmdir()
    beside.rename(folder)
    print(f"{folder}: read {folder / 'CARD.md'} first")


def _wanted(since: str, until: str, given: bool, demo: bool) -> Collected:
    from switchboard.clock import utc_now
    from switchboard.collecting.consenting import Collected
    from switchboard.shop.policy import load_policy
    from switchboard.welcome.first_words import read_first_words

    today = utc_now().replace(hour=0, minute=0, second=0, microsecond=0)
    begin = _day(since, today - timedelta(days=90))
    end = _day(until, today + timedelta(days=1))
    if begin >= end:
        raise ConfigurationError("--since has to be before --until")
    asks = read_first_words(load_policy(load_settings().data_dir / "policy.yml")).asks
    return Collected(begin.timestamp(), end.timestamp(), asks or given, demo)


def _day(text: str, otherwise: datetime) -> datetime:
    try:
        return datetime.strptime(text, _DAY).replace(tzinfo=timezone.utc) if text else otherwise
    except ValueError:
        raise ConfigurationError(f"a day is written as 2026-11-01, not {text!r}") from None


def _write(folder: Path, wanted: Collected, wished: list[str], check: bool) -> None:
    from switchboard.collecting.export_files import doubts_of, write_label_studio, write_nlu
    from switchboard.collecting.whole_file import whole_file
    from switchboard.fine_tuning.data_card import CARD, Told, write_card
    from switchboard.fine_tuning.training_set import write_training_set

    collector = open_collector(wanted)
    with collector.open(folder / "work.db") as work:
        collector.collect(work)
        erased, intents = collector.let_go(work), known_intents()
        doubts = doubts_of(work, intents, _taught(), tell) if check else {}
        examples = tasks = written = None
        if "nlu" in wished:
            examples = write_nlu(work, folder, intents, doubts)
        if "label-studio" in wished:
            tasks = write_label_studio(work, folder, intents, doubts, "switchboard")
        if "training" in wished:
            written = write_training_set(work, folder, tell)
        told = Told(wanted, written, examples, tasks, len(doubts), erased)
        with whole_file(folder / CARD) as file:
            file.write(write_card(work, told))
        work.remove()


def open_collector(wanted: Collected) -> Collector:
    """A collector on the shop's database, articles and form of order numbers."""
    from switchboard.collecting.citing import citing
    from switchboard.collecting.collector import Collector
    from switchboard.collecting.hiding import Hider
    from switchboard.database.connection import open_database
    from switchboard.knowledge.articles import read_articles
    from switchboard.shop.policy import load_policy
    from switchboard.text.language import SPOKEN

    settings = load_settings()
    policy = load_policy(settings.data_dir / "policy.yml")
    articles = settings.data_dir / "articles"
    passages = {code: read_articles(articles / code, policy, code) for code in SPOKEN}
    orders = policy.order_numbers
    cited = citing(passages, Hider(orders).hide)
    return Collector(open_database(settings.database_url), wanted, orders, cited, tell)


def known_intents() -> set[str]:
    """The intents of the shop's domain that have examples."""
    import yaml

    from switchboard.conversations.turns import OPEN_INTENT, UNCLEAR_INTENT, UPSET_INTENT, WORDLESS
    from switchboard.project import PROJECT

    try:
        listed = yaml.safe_load((PROJECT / "domain.yml").read_text(encoding="utf-8"))["intents"]
        names = {str(next(iter(name)) if isinstance(name, dict) else name) for name in listed}
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise ConfigurationError(f"domain.yml: {type(error).__name__}") from error
    return names - {OPEN_INTENT, UNCLEAR_INTENT, UPSET_INTENT, *WORDLESS}


def tell(line: str) -> None:
    """Progress, one line at a time."""
    print(line, flush=True)


def _taught() -> list[LabelledText]:
    from switchboard.collecting.nlu_file import read_examples

    return [example for _, example in read_examples(load_settings().data_dir / "nlu")]


def check_labels(
    path: Path = typer.Argument(None, help="a file or folder of examples; data/nlu by default"),
    most: int = typer.Option(50, help="how many to show"),
) -> None:
    """Show examples whose intent is likely wrong, worst first. Nothing is changed."""
    from switchboard.collecting.bad_labels import find_bad_labels
    from switchboard.collecting.nlu_file import read_examples

    examples = list(read_examples(path or load_settings().data_dir / "nlu"))
    texts = [example.text for _, example in examples]
    found = find_bad_labels(texts, [example.intent for _, example in examples], tell)
    for suspect in found[:most]:
        file, example = examples[suspect.place]
        print(f"{file.name}: {suspect.label}, rather {suspect.likely}: {example.text[:90]}")
    print(f"{len(found)} of {len(examples)} examples in doubt")
