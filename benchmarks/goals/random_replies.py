"""Random replies to "Shall I?": none but a clear yes may act."""

from __future__ import annotations

import random
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path

from switchboard.goals.asked_questions import AskedQuestions
from switchboard.goals.goal_run import TrialAssistant

_BEGIN = {
    "en": (("cancel order 4711", "maya@example.com"), ("return the lamp from 4713", "too big")),
    "zh": (("取消订单4711", "maya@example.com"), ("4713的落地灯我要退货", "太大了")),
}
_NOISE = "。。。 😀 ??? hmm 4711 maya@example.com <b>yes</b> /affirm yes? 是？ 1 ok… {} nul".split()


@dataclass
class Replies:
    """How many were sent at a confirmation, and those that acted."""

    sent: int = 0
    acted: list[str] = field(default_factory=list)


def read_replies(folder: Path, language: str) -> list[str]:
    """What is no clear yes, of `confirm_<language>.tsv` (label, reply)."""
    text = (folder / f"confirm_{language}.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t", 1) for line in text.splitlines() if line]
    return [reply for label, reply in rows if label == "other"]


def send_random_replies(
    assistant: TrialAssistant, folder: Path, count: int, chance: random.Random
) -> Replies:
    """Each reply at a fresh question for a yes, in both languages."""
    questions, found = AskedQuestions(), Replies()
    others = {language: read_replies(folder, language) for language in _BEGIN}
    number = 0
    while found.sent < count:
        number += 1
        language = chance.choice(list(_BEGIN))
        sender = f"random-{number}"
        assistant.shop.restore()
        assistant.forget_wrong_tries()
        first, second = chance.choice(_BEGIN[language])
        kind = None
        for text in (first, "maya@example.com", second):
            if kind != "order_confirm":
                kind = questions.asked(assistant.say(sender, text))
        while kind == "order_confirm" and found.sent < count:
            reply = _reply(others[language], chance)
            kind = questions.asked(assistant.say(sender, reply))
            found.sent += 1
            with sqlite3.connect(assistant.shop.path) as shop:
                if shop.execute("SELECT count(*) FROM acts").fetchone()[0]:
                    found.acted.append(reply)
                    break
    return found


def _reply(others: list[str], chance: random.Random) -> str:
    """One that somebody wrote, two of them, one with noise around it, or noise alone."""
    kind = chance.random()
    if kind < 0.5:
        return chance.choice(others)
    if kind < 0.7:
        return f"{chance.choice(others)} {chance.choice(others)}"
    if kind < 0.9:
        return f"{chance.choice(others)} {chance.choice(_NOISE)}"
    return chance.choice(_NOISE)
