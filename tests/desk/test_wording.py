"""The desk in Chinese: every text that a page shows has its Chinese form, and none is left over."""

from __future__ import annotations

import ast
import re

import pytest

from switchboard.conversations.routes import Cause
from switchboard.desk import wording
from switchboard.desk.wording import CHANNELS, OTHERWISE, WHY, chinese, preferred, words_in
from switchboard.project import PROJECT as ROOT
from switchboard.text.language import has_han
from switchboard.tickets.entries import EntryKind

DESK = ROOT / "switchboard" / "desk"
_CALLED = re.compile(r"""\bt\((?:"([^"]*)"|'([^']*)')\)""")
SAME_IN_BOTH = {"Telegram", "Messenger", "WhatsApp", "X"}


def in_templates():
    for path in (DESK / "templates").glob("*.html"):
        for one, other in _CALLED.findall(path.read_text()):
            yield one or other


def in_code():
    """The texts that the pages' code holds: arguments of `say`, refusals, tables of texts."""
    for path in DESK.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "say":
                yield from (a.value for a in node.args if isinstance(a, ast.Constant))
            refuses = getattr(getattr(node, "func", None), "id", "") == "HTTPException"
            if refuses and path.name != "chatwoot_webhook.py":  # read by a program
                yield from (a.value for a in node.args[1:] if isinstance(a, ast.Constant))


def test_every_text_of_the_pages_has_its_chinese_form():
    wanted = {*in_templates(), *in_code(), *WHY.values(), *CHANNELS.values(), OTHERWISE}
    wanted |= {kind.value for kind in EntryKind if kind not in (EntryKind.ANSWER,)}
    missing = sorted(text for text in wanted if text and text not in chinese())
    assert missing == []
    untold = [text for text, form in chinese().items() if not has_han(form)]
    assert sorted(untold) == sorted(SAME_IN_BOTH)


def test_a_reason_is_a_sentence_and_no_code():
    for cause in Cause:
        told = wording.why(words_in("en"), cause.value)
        assert re.fullmatch(r"[A-Z][a-z' ]+", told), told
        assert has_han(wording.why(words_in("zh"), cause.value))
    assert wording.why(words_in("en"), "what an older version wrote") == OTHERWISE


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("zh-CN,zh;q=0.9", "zh"), ("en-IE", "en"), ("de,zh", "en"), ("", "en"), ("\x00", "en")],
)
def test_the_browser_tells_the_language_until_somebody_chooses(accepted, language):
    assert preferred(accepted) == language
