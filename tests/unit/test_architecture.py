"""Who may import whom, and the data files that have to agree with each other."""

import ast
import re

import pytest
import yaml

from switchboard.orders.rules import REFUSALS
from switchboard.settings import ROOT

CORE_FORBIDDEN = {
    "rasa",
    "rasa_sdk",
    "sanic",
    "aiohttp",
    "tensorflow",
    "actions",
    "components",
    "desk",
}
FORBIDDEN = {
    "switchboard": CORE_FORBIDDEN,
    "actions": {"rasa", "tensorflow", "components", "desk", "sklearn", "spacy"},
    "components": {"actions", "desk"},
    "desk": {"rasa", "rasa_sdk", "tensorflow", "actions", "components"},
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


def test_every_intent_has_thirty_examples(domain):
    counts = {}
    for path in (ROOT / "data" / "nlu").glob("*.yml"):
        for block in yaml.safe_load(path.read_text())["nlu"]:
            if "intent" in block:
                lines = [line for line in block["examples"].splitlines() if line.strip()]
                counts[block["intent"]] = counts.get(block["intent"], 0) + len(lines)
    routers = {"nlu_fallback", "negative_sentiment"}
    assert set(domain["intents"]) - routers == set(counts)
    assert min(counts.values()) >= 30, sorted(counts.items(), key=lambda c: c[1])[:3]


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


def test_every_text_has_an_unconditional_variant(replies, responses):
    for name, variants in {**replies, **responses}.items():
        assert any("condition" not in variant for variant in variants), name


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
    source += (ROOT / "switchboard" / "orders" / "rules.py").read_text()
    for name, variants in {**replies, **responses}.items():
        for variant in variants:
            for fact in re.findall(r"\{(\w+)\}", variant["text"]):
                given = re.search(rf'"{fact}"|\b{fact}=', source)
                assert fact in policy.facts or given, f"{name}: {{{fact}}}"


def test_the_catalogue_is_recognised():
    catalogue = yaml.safe_load((ROOT / "data" / "catalogue.yml").read_text())
    entities = (ROOT / "data" / "nlu" / "entities.yml").read_text()
    for entry in catalogue:
        assert f"- {entry['name'].lower()}\n" in entities
