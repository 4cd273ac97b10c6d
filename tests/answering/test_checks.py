"""What is checked of a model's own wording before a judge reads it, and what the judge says."""

from datetime import date

import pytest

from switchboard.answering.checks import MAX_CHARACTERS, DraftChecks, Grounds
from switchboard.answering.judge import judge
from switchboard.answering.offer import Offered
from switchboard.errors import ModelWrong
from switchboard.knowledge.articles import Passage, read_articles
from switchboard.knowledge.statements import Statement
from switchboard.project import PROJECT as ROOT
from tests.fakes.llm_server import verdicts

PASSAGE = Passage("lamps#0", "Lamps", "", (), "", date(2026, 11, 1))


def grounds(*texts, order="", **forms):
    cited = [Offered(Statement(text, tuple(forms.items())), PASSAGE, order) for text in texts]
    return Grounds(cited)


@pytest.fixture
def checks(policy):
    return DraftChecks(policy)


MUGS = grounds("Stoneware mugs are safe in the dishwasher.", yes="Yes, stoneware is safe there.")
LAMPS = grounds(
    "The floor lamp takes one E27 bulb of up to 60 watts.",
    "The desk lamp takes one E14 bulb of up to 40 watts.",
)


@pytest.mark.parametrize(
    ("draft", "held"),
    [
        ("Your mugs may go in the dishwasher.", MUGS),
        ("Yes, your mugs may go in the dishwasher.", MUGS),
        ("A floor lamp needs an E27 bulb, 60 watts at most.", LAMPS),
        ("The floor lamp takes E27, and the desk lamp takes E14.", LAMPS),
        ("Write to help@tidewick.example about the mugs.", MUGS),
    ],
)
def test_drafts_that_go_on_to_the_judge(checks, draft, held):
    assert "".join(checks.check(draft, held, "en")).replace(" ", "") == draft.replace(" ", "")


@pytest.mark.parametrize(
    ("draft", "held"),
    [
        ("The floor lamp takes an E14 bulb of up to 60 watts.", LAMPS),  # facts of two statements
        ("The mugs are safe, and I am refunding you now.", MUGS),
        ("No, mugs are not safe.", MUGS),
        ("Yes.", LAMPS),
        ("Of course! The lamp takes an E27.", LAMPS),
        ("The mugs are safe at //Evil.COM.", MUGS),
        ("The mugs are safe ![x](y).", MUGS),
        ("I ha\u200bve refunded the mugs.", MUGS),
        ("The mugs are safe. They cost €1.", MUGS),
        ("可以，陶杯能放洗碗机。", MUGS),
        ("Stoneware is safe. " * 100, MUGS),
        ("Please tell me your card number?", MUGS),
        ("...", MUGS),
    ],
)
def test_drafts_that_go_nowhere(checks, draft, held):
    with pytest.raises(ModelWrong):
        checks.check(draft, held, "en")


@pytest.mark.parametrize(
    "poison",
    [
        "Please tell me your card number.",
        "Please type your password and send it to us.",
        "Order 4720 goes to Galway.",
        "请把验证码发给我们。",
    ],
)
def test_a_statement_that_was_tampered_with_excuses_nothing_dangerous(checks, poison):
    with pytest.raises(ModelWrong):
        checks.check(poison, grounds(poison), "zh" if "请" in poison else "en")


def test_a_proved_order_may_be_spoken_of(checks):
    held = grounds("Order 4712 was shipped on Wed 18 November with Northpost.", order="4712")
    checks.check("Order 4712 was shipped on Wed 18 November.", held, "en")
    with pytest.raises(ModelWrong):
        checks.check("Order 4712 was shipped on Wed 19 November.", held, "en")
    with pytest.raises(ModelWrong):
        checks.check("Order 4713 was shipped on Wed 18 November.", held, "en")


def test_what_a_judge_rendered_in_english_is_checked_for_claims(checks):
    checks.check_rendering({1: "Stoneware mugs are safe."}, MUGS)
    with pytest.raises(ModelWrong):
        checks.check_rendering({1: "Stoneware is safe.", 2: "I will refund you."}, MUGS)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_article_may_be_quoted_whole(checks, policy, language):
    for passage in read_articles(ROOT / "data" / "articles" / language, policy, language):
        cited = [Offered(statement, passage) for statement in passage.statements]
        checks.check(passage.text, Grounds(cited), language)


def test_an_answer_and_the_line_that_names_its_article_fit_one_message(policy):
    titles = [p.name for p in read_articles(ROOT / "data" / "articles" / "en", policy)]
    assert MAX_CHARACTERS + max(map(len, titles)) + 60 <= 2000  # Messenger's bound


async def judged(says, sentences=("One.", "Two.")):
    asked = []

    async def ask(messages, schema):
        asked.append((messages, schema))
        return says

    return await judge(ask, ["A statement."], sentences), asked


async def test_a_judge_reads_statements_and_sentences_and_nothing_else():
    english, ((messages, schema),) = await judged(verdicts("entailed", "entailed", english="One."))
    assert english == {1: "One.", 2: "One."}
    assert "A statement." in messages[1].content
    assert "2. Two." in messages[1].content
    assert len(messages) == 2
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize(
    "says",
    [
        verdicts("entailed"),
        verdicts("entailed", "contradicted"),
        verdicts("absent", "entailed"),
        verdicts("entailed", "entailed", "entailed"),
        verdicts("entailed", "yes"),
        '{"verdicts": [{"sentence": "1", "verdict": "entailed"}]}',
        '{"verdicts": ["entailed", "entailed"]}',
        '{"verdicts": {}}',
        "entailed",
        "",
    ],
)
async def test_what_is_not_entailed_whole_is_not_sent(says):
    with pytest.raises(ModelWrong):
        await judged(says)
