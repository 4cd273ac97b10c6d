"""What becomes of comments as people write them, read by the model that is trained on `data/`."""

import asyncio
import dataclasses
from pathlib import Path

import pytest
import yaml
from rasa.core.agent import Agent

from switchboard.cli.train import newest_model
from switchboard.comments.comment import PostComment
from switchboard.comments.comment_decision import decide_comment
from switchboard.comments.comment_reading import read_parse
from switchboard.comments.comment_rules import load_comment_rules
from switchboard.project import PROJECT as ROOT
from switchboard.shop.speech import open_phrasebook
from switchboard.text.typed_text import typed

CASES = Path(__file__).parents[1] / "comments"


@pytest.fixture(scope="module")
def agent():
    return Agent.load(str(newest_model()))


def outcomes(agent, name):
    """Each case with the decision on it."""
    book = open_phrasebook(ROOT / "data")
    rules = load_comment_rules(ROOT / "data", book.policy)
    rules = dataclasses.replace(rules, on={"facebook": True}, hide={"abuse": True})
    topics = frozenset(book.words["meanings"])
    for number, case in enumerate(yaml.safe_load((CASES / name).read_text())):
        text, reply = case["text"], bool(case.get("reply"))
        comment = PostComment("facebook", "1", "1_5", str(number), "7", text, reply)
        reading = read_parse(asyncio.run(agent.parse_message(typed(text))))
        yield case, decide_comment(comment, reading, rules, topics)


@pytest.mark.parametrize(("name", "least"), [("seen.yml", 0.97), ("unseen.yml", 0.9)])
def test_comments_as_people_write_them(agent, name, least):
    found = list(outcomes(agent, name))
    right = sum(decision.act.value == case["act"] for case, decision in found)
    print(f"{name}: {right} of {len(found)}")
    assert right / len(found) >= least
    told = [case for case, decision in found if case.get("private") and decision.public]
    assert not told, "a customer's own data never has a public answer"
    ignored = [case for case, d in found if case["act"] == "person" and d.act.value == "thank"]
    assert not ignored
