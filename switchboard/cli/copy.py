"""`switchboard copy`: drafts of posts from given facts."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from switchboard.clock import utc_now
from switchboard.errors import ConfigurationError
from switchboard.settings import Settings, load_settings
from switchboard.text.language import SPOKEN

if TYPE_CHECKING:
    from switchboard.copywriting.post_platforms import PostPlatform
    from switchboard.copywriting.post_writer import PostDraft
    from switchboard.llm.chat_model import ChatModel


def copy(
    facts: Path = typer.Option(..., help="a file of facts, as docs/sale.yml"),
    platforms: str = typer.Option("facebook,x,wechat", "--for", help="platforms, with commas"),
    out: str = typer.Option("", help="a file to write to; the terminal by default"),
    model: bool = typer.Option(True, help="ask the model of the settings; else the shop's lines"),
) -> None:
    """Draft posts from given facts alone, in both languages. Nothing is published."""
    from switchboard.copywriting.post_platforms import PLATFORMS

    wanted = list(dict.fromkeys(filter(None, platforms.replace(",", " ").split())))
    unknown = [name for name in wanted if name not in PLATFORMS]
    if unknown or not wanted:
        raise ConfigurationError(f"--for: any of {', '.join(PLATFORMS)}")
    if out and Path(out).resolve() == facts.resolve():
        raise ConfigurationError("--out: this is the file of facts")
    drafts = asyncio.run(_draft(facts, [PLATFORMS[name] for name in wanted], model))
    text = "\n".join(shown(draft) for draft in drafts)
    if out:
        Path(out).write_text(text, encoding="utf-8")
        print(f"{len(drafts)} drafts -> {out}")
    else:
        print(text, end="")


def shown(draft: PostDraft) -> str:
    """A draft with where it comes from."""
    source = "by the model, checked" if draft.by_model else "from the shop's lines"
    reason = f" (the model's was refused: {draft.reason})" if draft.reason else ""
    return f"--- {draft.platform}, {draft.language}: {source}{reason}\n{draft.text}\n"


async def _draft(path: Path, platforms: list[PostPlatform], asked: bool) -> list[PostDraft]:
    from switchboard.copywriting.post_lines import load_wordings
    from switchboard.copywriting.post_writer import PostWriter
    from switchboard.copywriting.sale_facts import load_sale_facts
    from switchboard.shop.speech import open_phrasebook

    settings = load_settings()
    phrasebook = open_phrasebook(settings.data_dir)
    facts = load_sale_facts(path, phrasebook.policy.currency)
    if (
        facts.ends is not None
        and facts.ends < utc_now().astimezone(phrasebook.policy.timezone).date()
    ):
        print(f"switchboard: {path.name}: ends: {facts.ends} is past", file=sys.stderr)
    wordings = load_wordings(settings.data_dir / "copy.yml")
    model = _open_model(settings) if asked and settings.llm.configured else None
    writer = PostWriter(facts, wordings, phrasebook, model)
    return [await writer.draft(platform, code) for platform in platforms for code in SPOKEN]


def _open_model(settings: Settings) -> ChatModel:
    from switchboard.answering.opening import open_meter, open_model
    from switchboard.database.connection import open_database
    from switchboard.llm.metered_model import MeteredModel

    meter = open_meter(settings.llm, open_database(settings.database_url))
    return MeteredModel(open_model(settings.llm), meter)
