"""The README tells the truth: its conversations replay as printed, its files and commands exist."""

from __future__ import annotations

import re

import pytest

from switchboard.project import PROJECT as ROOT

READMES = {name: (ROOT / name).read_text() for name in ("README.md", "README.zh.md")}
README = "\n".join(READMES.values())
_DAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d{1,2} [A-Z][a-z]+"


_CHINESE_DAY = r"\d{1,2}月\d{1,2}日（周[一二三四五六日]）"


def conversations(readme: str = README) -> list[tuple[str, list[tuple[str, str]]]]:
    """(title, [(written, answered)]) of every conversation in a README."""
    found = []
    for title, block in re.findall(r"\*\*(.+?)\*\*\n\n```text\n(.+?)```", readme, re.DOTALL):
        turns = re.findall(r"^> (.+?)\n(.*?)(?=^> |\Z)", block, re.DOTALL | re.MULTILINE)
        found.append((title, [(written, answer.strip()) for written, answer in turns]))
    return found


def timeless(text: str) -> str:
    """Without what differs from day to day: dates, references, and whether the desk is open."""
    text = re.sub(r" If you like, leave an e-mail .* or go on with me\.", "", text)
    text = re.sub(r"您可以在这里留下邮箱或电话，也可以继续由我服务。", "", text)
    text = re.sub(r"We are open now and usually", "<hours> usually", text)
    text = re.sub(
        rf"Nobody is at the desk right now: we open again {_DAY} at \d\d:\d\d, and usually",
        "<hours> usually",
        text,
    )
    text = text.replace(", so you need not repeat it", "")
    text = re.sub(rf"现在是上班时间|现在没有人值班：{_CHINESE_DAY}\d\d:\d\d上班", "<hours>", text)
    text = text.replace("，不用再重复", "").replace("我马上转给", "我转给")
    text = re.sub(_CHINESE_DAY, "<date>", text)
    text = re.sub(r"INV-\d{4}", "INV-<year>", text)
    text = re.sub(_DAY, "<date>", text)
    text = re.sub(r"\b(?:RF|[CRXDT])-[A-Z0-9]{6}\b", "<reference>", text)
    return re.sub(r"\s+", " ", text).strip()


@pytest.mark.parametrize(("title", "turns"), conversations(), ids=[c[0] for c in conversations()])
def test_a_conversation_replays_as_printed(system, sender, title, turns):
    for written, printed in turns:
        assert timeless(system.texts(sender, written)) == timeless(printed), written


@pytest.mark.parametrize("name", sorted(READMES))
def test_there_are_ten(name):
    assert len(conversations(READMES[name])) >= 10


def test_every_file_it_names_exists():
    for name in re.findall(
        r"`((?:data|actions|components|switchboard|desk|scripts|tests)/[\w./-]+)`", README
    ):
        if "warranty" not in name:  # the recipe's own example
            assert (ROOT / name).exists(), name


def test_every_command_it_names_exists():
    makefile = (ROOT / "Makefile").read_text()
    for target in set(re.findall(r"make ([a-z-]+)", README)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
