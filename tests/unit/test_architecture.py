"""Who may import whom, and the data files that have to agree with each other."""

import ast
import re
from collections import Counter

import pytest
import yaml

from scripts.nlu_data import read_nlu
from switchboard.orders.rules import REFUSALS
from switchboard.reading.language import read_language
from switchboard.settings import ROOT
from switchboard.turns import (
    CAREFUL_INTENTS,
    OPEN_INTENT,
    SMALL_TALK,
    UNCLEAR_INTENT,
    UPSET_INTENT,
    WORDLESS,
)

CORE_FORBIDDEN = {
    "rasa",
    "rasa_sdk",
    "sanic",
    "aiohttp",
    "tensorflow",
    "actions",
    "components",
    "channels",
    "desk",
}
FORBIDDEN = {
    "switchboard": CORE_FORBIDDEN,
    "actions": {"rasa", "tensorflow", "components", "channels", "desk", "sklearn", "spacy"},
    "components": {"actions", "channels", "desk"},
    "channels": {"actions", "components", "desk", "rasa_sdk"},
    "desk": {"rasa", "rasa_sdk", "tensorflow", "actions", "components", "channels"},
}


def imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


@pytest.mark.parametrize("package", sorted(FORBIDDEN))
def test_imports_point_one_way(package):
    for path in (ROOT / package).rglob("*.py"):
        wrong = set(imports(path)) & FORBIDDEN[package]
        assert not wrong, f"{path.relative_to(ROOT)} imports {wrong}"


def test_modules_stay_readable():
    for package in (*FORBIDDEN, "scripts"):
        for path in (ROOT / package).rglob("*.py"):
            assert len(path.read_text().splitlines()) <= 270, path


def test_no_lock_names_a_registry():
    for name in ("requirements.txt", "requirements-actions.txt"):
        text = (ROOT / name).read_text()
        assert "://" not in text
        assert text.count("--hash=sha256:") > text.count("==")


@pytest.fixture(scope="module")
def domain():
    return yaml.safe_load((ROOT / "domain.yml").read_text())


def texts(folder, key):
    found = {}
    for path in (ROOT / "data" / folder).glob("*.yml"):
        for name, variants in yaml.safe_load(path.read_text())[key].items():
            assert name not in found, f"{name} stands in two files"
            found[name] = variants
    return found


@pytest.fixture(scope="module")
def replies():
    return texts("replies", "replies")


@pytest.fixture(scope="module")
def responses():
    return texts("responses", "responses")


@pytest.fixture(scope="module")
def examples():
    return list(read_nlu())


def test_every_intent_has_its_examples_in_both_languages(domain, examples):
    counts = Counter((intent, language) for intent, language, _, _ in examples)
    routers = {OPEN_INTENT, UPSET_INTENT, UNCLEAR_INTENT, *WORDLESS}
    for intent in set(domain["intents"]) - routers:
        assert counts[intent, "en"] >= 30, intent
        assert counts[intent, "zh"] >= 25, intent
    assert {intent for intent, _ in counts} == set(domain["intents"]) - routers


def test_no_example_stands_twice(examples):
    texts = Counter(text.lower() for *_, text in examples)
    assert [text for text, count in texts.items() if count > 1] == []


def test_examples_are_in_the_language_that_they_say(examples):
    for _, language, _, text in examples:
        if read_language(text) in ("en", "zh") and text.isalpha():
            assert (read_language(text) == "zh") == (language == "zh"), text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_moods_are_shown_by_six_hundred_examples_of_many_intents(examples, language):
    labelled = [(intent, mood) for intent, lang, mood, _ in examples if lang == language and mood]
    assert len(labelled) >= 600
    angry = {intent for intent, mood in labelled if mood == "angry"}
    assert len(angry) >= 15
    # Near misses: the same problems, told calmly.
    assert angry <= {intent for intent, mood in labelled if mood != "angry"}


def test_thirty_stories_and_more():
    stories = [
        story
        for path in (ROOT / "data" / "stories").glob("*.yml")
        for story in yaml.safe_load(path.read_text())["stories"]
    ]
    assert len(stories) >= 30


def test_a_person_a_stop_and_an_upset_turn_interrupt_every_form(domain):
    for name, form in domain["forms"].items():
        for intent in ("negative_sentiment", "contact_human_agent", "stop", "check_refund_policy"):
            assert intent in form["ignored_intents"], f"{name} would swallow {intent}"
        assert set(form["ignored_intents"]) <= set(domain["intents"])


IN_CHINESE = [{"type": "slot", "name": "language", "value": "zh"}]


def test_every_text_has_an_unconditional_variant_and_a_chinese_one(replies, responses):
    for name, variants in {**replies, **responses}.items():
        english = [v for v in variants if "condition" not in v]
        chinese = [v for v in variants if v.get("condition") == IN_CHINESE]
        assert english, name
        assert chinese, name
        facts = [set(re.findall(r"\{(\w+)\}", v["text"])) for v in (english[0], chinese[0])]
        assert facts[0] == facts[1], f"{name} does not tell the same in both languages"
        buttons = [len(v.get("buttons") or []) for v in (english[0], chinese[0])]
        assert buttons[0] == buttons[1], name


def test_every_wish_has_a_meaning_for_a_button(domain):
    meanings = yaml.safe_load((ROOT / "data" / "words.yml").read_text())["meanings"]
    routers = {OPEN_INTENT, UPSET_INTENT, UNCLEAR_INTENT, "open_question"}
    others = SMALL_TALK | routers | WORDLESS | CAREFUL_INTENTS
    assert set(meanings) == set(domain["intents"]) - others
    assert all(set(forms) == {"en", "zh"} for forms in meanings.values())


def test_every_refusal_and_failure_has_its_words(replies):
    for task, reasons in REFUSALS.items():
        for reason in reasons:
            assert f"say_{task}_{reason}" in replies
    assert {"say_identity_locked", "say_order_desk_down", "say_error"} <= set(replies)


def test_every_text_an_action_names_exists(replies):
    for path in (ROOT / "actions").glob("*.py"):
        for name in re.findall(r'"(say_[a-z_]+)"', path.read_text()):
            assert any(reply.startswith(name) for reply in replies), f"{path.name}: {name}"


def test_every_predicted_text_exists(domain, responses):
    used = set()
    for folder in ("rules", "stories"):
        for path in (ROOT / "data" / folder).glob("*.yml"):
            used |= set(re.findall(r"action: (utter_\w+)", path.read_text()))
    asked = {name for name in responses if name.startswith("utter_ask_")}
    assert used | asked == set(responses)


def test_texts_write_no_fact_of_their_own(replies, responses):
    for name, variants in {**replies, **responses}.items():
        for variant in variants:
            assert not re.search(r"€|\b\d+ (?:days|years|minutes|hours)\b", variant["text"]), name


def test_every_fact_in_a_text_is_a_policy_fact_or_given_by_an_action(policy, replies, responses):
    source = "\n".join(path.read_text() for path in (ROOT / "actions").glob("*.py"))
    for more in ("switchboard/orders/rules.py", "components/responses.py"):
        source += (ROOT / more).read_text()
    for name, variants in {**replies, **responses}.items():
        for variant in variants:
            for fact in re.findall(r"\{(\w+)\}", variant["text"]):
                given = re.search(rf'"{fact}"|\b{fact}=', source)
                assert fact in policy.facts() or given, f"{name}: {{{fact}}}"


def test_every_product_has_a_name_in_both_languages(catalogue):
    assert all(set(product.names) == {"en", "zh"} for product in catalogue.entries)
