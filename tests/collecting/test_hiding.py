"""What leads back to somebody goes; the figures of what does not are measured."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.evaluation.redaction import evaluate_redaction
from switchboard.collecting.hiding import Hider, PersonalValues
from switchboard.project import PROJECT as ROOT
from switchboard.text.order_numbers import OrderNumbers


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("where is order 4711?", "where is order [number]?"),
        ("TW-90412 and #4712", "[number] and #[number]"),
        ("return R-JKVE9F, case T-5977VY", "return [number], case [number]"),
        ("mail jo@example.com about 58213", "mail [email] about [number]"),
        ("单号58213，谢谢", "单号[number]，谢谢"),
        ("付了欧，77120在哪", "付了欧，[number]在哪"),
        ("order 1029 3847", "order [number]"),
        ("5 5 1 2 0", "[number]"),
        ("电话１３８００１３８０００，谢谢", "电话[phone]，谢谢"),
        ("Ⅻ jo@example.com", "XII [email]"),
    ],
)
def test_numbers_of_orders_go(text, shown):
    assert Hider(OrderNumbers()).hide(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "a 2700 K lamp of 2200 W for €1299",
        "I paid 1299 euros in 2025",
        "2026年11月的目录",
        "保修2年,60x120厘米",
        "30 days",
    ],
)
def test_measures_and_years_stay(text):
    assert Hider(OrderNumbers()).hide(text) == text


def test_a_shop_s_own_form_of_numbers_goes():
    hider = Hider(OrderNumbers(r"AB\d{3}"))
    assert hider.hide("is ab123 there? it has 4000 parts") == "is [number] there? it has 4000 parts"


def test_what_the_conversation_itself_tells_is_hidden_wherever_it_stands():
    known = PersonalValues()
    known.learn({"event": "bot", "metadata": {"tracking": "xq 19", "name": "Rowan Elder"}})
    known.learn({"event": "slot", "name": "order_contact", "value": "rowan at home"})
    hider = Hider(OrderNumbers())
    shown = hider.hide("Rowan Elder says XQ 19 is late, write to rowan at home", list(known))
    assert shown == "[name] says [number] is late, write to [contact]"
    assert hider.hidden == {"name": 1, "number": 1, "contact": 1}


@given(st.text(max_size=200))
def test_any_text_survives(text):
    shown = Hider(OrderNumbers()).hide(f"{text} maya@example.com")
    assert "maya@example" not in shown
    assert "\n" not in shown


LEAST = {"leaks.yml": (0.9, 0.95), "leaks_unseen.yml": (0.8, 0.9)}
"""Share of what is personal that goes, and of what goes that is personal."""


@pytest.mark.parametrize("file", LEAST)
def test_little_leaks(file):
    found = evaluate_redaction(ROOT / "tests" / "collecting" / file, Hider(OrderNumbers()).find)
    recall, precision = LEAST[file]
    for language, figures in found["languages"].items():
        assert figures["recall"] >= recall, (language, found["missed"])
        assert figures["precision"] >= precision, (language, found["false"])
