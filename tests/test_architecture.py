"""Who may import whom, and the data files that have to agree with each other."""

import ast
import graphlib
import importlib
import pkgutil
import re
from collections import Counter

import pytest
import yaml

from benchmarks.nlu_data import read_nlu
from switchboard.conversations.turns import (
    CAREFUL_INTENTS,
    OPEN_INTENT,
    SMALL_TALK,
    UNCLEAR_INTENT,
    UPSET_INTENT,
    WORDLESS,
)
from switchboard.project import PROJECT as ROOT
from switchboard.text.language import read_language

PACKAGE = ROOT / "switchboard"
USERS = {"cli", "nlu", "dialogue", "channels", "desk"}
"""They use the nouns, and are used by nobody but `cli`."""
IN_RASA = {"nlu", "dialogue", "channels"}
ROOTS = {"rasa_services"}
"""What composes a process may use any noun."""
WEB_AND_RASA = {"rasa", "rasa_sdk", "sanic", "aiohttp", "tensorflow", "starlette", "uvicorn"}


def imported(path):
    """The dotted names that a file imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def room(path):
    """The folder of the package in which a file lies, or the module itself."""
    parts = path.relative_to(PACKAGE).parts
    return parts[0].removesuffix(".py")


FILES = sorted(PACKAGE.rglob("*.py"))
NOUNS = sorted({room(path) for path in FILES} - USERS - ROOTS - {"__init__"})


def rooms_used(path):
    return {n.split(".")[1] for n in imported(path) if n.startswith("switchboard.")} - {room(path)}


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_one_way(path):
    outside = {name.split(".")[0] for name in imported(path)}
    used, here = rooms_used(path), room(path)
    assert not outside & {"actions", "benchmarks", "tests", "scripts"}
    if here in NOUNS:
        assert not used & (USERS | ROOTS), "a noun uses no process"
        assert not outside & WEB_AND_RASA, "a noun knows no framework"
    elif here != "cli":
        assert not used & (USERS - {here}), "never sideways"
    if here == "desk":
        assert not outside & {"rasa", "rasa_sdk", "sanic", "tensorflow"}


def test_actions_use_the_nouns_alone():
    for path in (ROOT / "actions").rglob("*.py"):
        used = {n.split(".")[1] for n in imported(path) if n.startswith("switchboard.")}
        assert not used & (USERS | ROOTS), path.name
        outside = {name.split(".")[0] for name in imported(path)}
        assert not outside & {"rasa", "tensorflow", "sklearn", "spacy"}, path.name


def test_no_cycles_between_folders_or_files():
    folders, files = {}, {}
    names = {".".join(p.relative_to(ROOT).with_suffix("").parts): p for p in FILES}
    for path in FILES:
        folders.setdefault(room(path), set()).update(rooms_used(path) - {"__init__"})
        files[path] = {names[name] for name in imported(path) if name in names} - {path}
    # Raises CycleError, which names the cycle.
    tuple(graphlib.TopologicalSorter(folders).static_order())
    tuple(graphlib.TopologicalSorter(files).static_order())


def test_no_name_twice():
    """Neither of modules nor of classes; a command is named for what it commands."""
    modules = Counter(p.stem for p in FILES if p.stem != "__init__" and room(p) != "cli")
    modules.update({p.name for p in FILES[0].parent.rglob("*") if (p / "__init__.py").exists()})
    modules.pop("migrations", None)
    assert [name for name, count in modules.items() if count > 1] == []
    classes = Counter(
        node.name
        for folder in ("switchboard", "actions")
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    assert [name for name, count in classes.items() if count > 1] == []


def test_errors_form_one_tree():
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text())):
            bases = {ast.unparse(base) for base in getattr(node, "bases", ())}
            if bases & {"Exception", "RuntimeError", "ValueError", "OSError"}:
                assert node.name == "SwitchboardError", f"{path.name}: {node.name}"


def test_one_clock():
    for path in FILES:
        if path.name != "clock.py":
            assert not re.search(
                r"\btime\.time\b|import time$.*\btime\(\)|datetime\.now|utcnow", path.read_text()
            ), path.name


def test_no_lock_names_a_registry():
    for name in ("requirements.txt", "requirements-actions.txt", "requirements-core.txt"):
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
    counts = Counter((example.intent, example.language) for example in examples)
    routers = {OPEN_INTENT, UPSET_INTENT, UNCLEAR_INTENT, *WORDLESS}
    for intent in set(domain["intents"]) - routers:
        assert counts[intent, "en"] >= 30, intent
        assert counts[intent, "zh"] >= 25, intent
    assert {intent for intent, _ in counts} == set(domain["intents"]) - routers


def test_no_example_stands_twice(examples):
    texts = Counter(example.text.lower() for example in examples)
    assert [text for text, count in texts.items() if count > 1] == []


def test_examples_are_in_the_language_that_they_say(examples):
    for _, language, _, text, *_ in examples:
        if read_language(text) in ("en", "zh") and text.isalpha():
            assert (read_language(text) == "zh") == (language == "zh"), text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_moods_are_shown_by_six_hundred_examples_of_many_intents(examples, language):
    labelled = [(e.intent, e.mood) for e in examples if e.language == language and e.mood]
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
    pytest.importorskip("rasa_sdk")  # `make test-core` has none
    import actions
    from actions.order_form import TASKS

    for module in pkgutil.iter_modules(actions.__path__):
        if module.name != "warm_up":
            importlib.import_module(f"actions.{module.name}")
    for name, task in TASKS.items():
        for reason in task.refusals:
            assert f"say_{name}_{reason}" in replies
    assert {"say_identity_locked", "say_order_system_down", "say_error"} <= set(replies)


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
    for path in (ROOT / "switchboard" / "orders").glob("*.py"):
        source += path.read_text()
    source += (ROOT / "switchboard" / "dialogue" / "policy_responses.py").read_text()
    source += (ROOT / "switchboard" / "outreach" / "telling.py").read_text()
    for name, variants in {**replies, **responses}.items():
        for variant in variants:
            for fact in re.findall(r"\{(\w+)\}", variant["text"]):
                given = re.search(rf'"{fact}"|\b{fact}=', source)
                assert fact in policy.facts() or given, f"{name}: {{{fact}}}"


def test_every_product_has_a_name_in_both_languages(catalogue):
    assert all(set(product.names) == {"en", "zh"} for product in catalogue.entries)
