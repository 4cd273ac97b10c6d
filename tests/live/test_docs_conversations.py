"""What the README and `docs/conversations*.md` print is what happens: each conversation replays."""

from __future__ import annotations

import re

import pytest

from tests.pages import CONVERSATIONS, READMES, read_conversations

_DAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d{1,2} [A-Z][a-z]+"
_CHINESE_DAY = r"\d{1,2}月\d{1,2}日（周[一二三四五六日]）"
# One that stands on two pages word for word is held once.
PRINTED = dict.fromkeys(
    conversation
    for page in (*CONVERSATIONS, *READMES)
    for conversation in read_conversations(page.read_text(encoding="utf-8"))
)


def timeless(text: str) -> str:
    """Without what differs from day to day: dates, references, and whether the desk is open."""
    # In the first answer of each, and said once on the page.
    text = re.sub(r"You are writing with .*? a machine\. What we do with your data: \S+", "", text)
    text = re.sub(r"您正在与 .*?（机器人）对话。我们如何处理您的信息：\S+", "", text)
    text = re.sub(r" If you like, leave an e-mail .* or go on with me\.", "", text)
    text = re.sub(r"您可以在这里留下邮箱或电话，也可以继续由我服务。", "", text)
    text = re.sub(r"We are open now and usually", "<hours> usually", text)
    text = re.sub(
        rf"Nobody is at the desk right now: we open again {_DAY} at \d\d:\d\d, and usually",
        "<hours> usually",
        text,
    )
    text = text.replace("; say “go on with the assistant” if you would rather have me back", "")
    text = text.replace("；想继续由我服务，直接说“继续由智能助手服务”", "")
    text = text.replace(", so you need not repeat it", "")
    text = re.sub(rf"现在是上班时间|现在没有人值班：{_CHINESE_DAY}\d\d:\d\d上班", "<hours>", text)
    text = text.replace("，不用再重复", "").replace("我马上转给", "我转给")
    text = re.sub(_CHINESE_DAY, "<date>", text)
    text = re.sub(r"INV-\d{4}", "INV-<year>", text)
    text = re.sub(_DAY, "<date>", text)
    text = re.sub(r"\b(?:RF|[CRXDT])-[A-Z0-9]{6}\b", "<reference>", text)
    return re.sub(r"\s+", " ", text).strip()


@pytest.mark.parametrize(("title", "turns"), PRINTED, ids=[title for title, _ in PRINTED])
def test_a_conversation_replays_as_printed(system, sender, title, turns):
    for written, printed in turns:
        assert timeless(system.texts(sender, written)) == timeless(printed), written
