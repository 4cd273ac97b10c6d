"""Grounds, facts, meaning and wording, against the shop's own articles."""

import numpy as np
import pytest

pytest.importorskip("sacrebleu")

from switchboard.answering.opening import open_library
from switchboard.reply_quality.answer_pairs import AnswerPair, GivenReply
from switchboard.reply_quality.opening_figures import ShopFigures
from switchboard.reply_quality.shop_language_model import FOLDS, ShopLanguageModel
from switchboard.reply_quality.shop_texts import ShopSentence, fold_of, shop_sentences
from switchboard.settings import load_settings
from tests.conftest import DATA


@pytest.fixture(scope="module")
def shop(phrasebook):
    settings = load_settings({})
    library = open_library(settings, phrasebook)
    return ShopFigures(lambda: library, DATA, phrasebook)


def given(question, reference, reply, language="en"):
    references = (reference,) if reference else ()
    return GivenReply(AnswerPair(1, question, references, language), reply)


def value(shop, name, reply):
    (figure,) = shop.figures([name])
    return figure.total(figure.statistics([reply]))[0]


RETURNS = "You can send goods back within 30 days of the day they were delivered."
CASES = [
    (
        "Can I return a bowl?",
        RETURNS,
        "Yes, you have 30 days from delivery.",
        "14 days at most.",
        "en",
    ),
    (
        "碗能退吗？",
        "商品签收后 30 天内可以退货。",
        "签收以后三十天都能退。",
        "签收后 7 天内可以退。",
        "zh",
    ),
]


@pytest.mark.parametrize(("question", "reference", "right", "wrong", "language"), CASES)
def test_a_wrong_number_is_neither_grounded_nor_told(
    shop, question, reference, right, wrong, language
):
    good, bad = (given(question, reference, said, language) for said in (right, wrong))
    assert (value(shop, "facts", good), value(shop, "facts", bad)) == (1, 0)
    assert (value(shop, "grounded", good), value(shop, "grounded", bad)) == (1, 0)
    assert "no statement holds" in shop.grounding.fault(bad)


def test_what_the_assistant_says_of_products_and_around_statements_is_grounded(shop):
    bowls = "Size of Stoneware bowl set: four bowls, each 16 cm across and 0.6 litres."
    two = "这方面有两点说明。\n退款什么时候到：退货寄到后，我们在 3 个工作日内验货并放款。"
    for reply in (
        given("How big is the bowl set?", "", bowls),
        given("退款多久到银行卡？", "", two, "zh"),
    ):
        assert shop.grounding.fault(reply) == ""


def test_a_promise_is_not_grounded(shop):
    promise = given("My vase is broken", RETURNS, "We will refund you the vase today.")
    assert value(shop, "grounded", promise) == 0


def test_words_of_the_shop_support_a_reply_and_others_do_not(shop):
    own = given("Can I return a bowl?", RETURNS, RETURNS)
    other = given("Can I return a bowl?", RETURNS, "Dinosaurs roamed Patagonia peacefully.")
    assert value(shop, "support", own) > 0.9
    assert value(shop, "support", other) < 0.2


def test_a_paraphrase_is_near_in_meaning(shop):
    paraphrase = given("?", RETURNS, "There is a month in which you may return what you bought.")
    other = given("?", RETURNS, "Cast iron is cleaned with a brush.")
    declined = given("?", RETURNS, "")
    values = [value(shop, "similarity", reply) for reply in (paraphrase, other, declined)]
    assert values[0] > values[1] + 0.2
    assert values[2] == 0


def test_outcomes_are_those_of_the_table(shop):
    pair = AnswerPair(1, "?", ("Yes.",), "en", goal=True, score=4)
    reply = GivenReply(pair, "Yes.")
    assert value(shop, "goals", reply) == 1
    assert value(shop, "satisfaction", reply) == 4
    assert np.isnan(value(shop, "goals", given("?", "Yes.", "Yes.")))


def test_declining_is_right_where_there_is_no_answer(shop):
    cases = [("Yes.", "Yes."), ("Yes.", ""), ("", "Yes."), ("", "")]
    found = [value(shop, "answered", given("?", right, said)) for right, said in cases]
    assert found == [1, 0, 0, 1]


def test_an_unknown_figure_is_refused(shop):
    from switchboard.errors import ConfigurationError

    with pytest.raises(ConfigurationError, match="no figure 'bleurt'"):
        shop.figures(["bleurt"])


def perplexity(model, text, language):
    bits, characters = model.bits(text, language)
    return 2 ** (bits / characters)


def test_the_shops_own_words_are_usual_and_gibberish_is_not(shop):
    model = shop.language_model
    own = perplexity(model, "Standard delivery takes 3 to 5 working days.", "en")
    slang = perplexity(model, "yo just chuck it back whenevs mate lol", "en")
    gibberish = perplexity(model, "xqzt jkvw pffg", "en")
    assert own < slang < gibberish
    usual = model.held_out("en")
    assert own < usual * 2 < slang
    shuffled = perplexity(model, "天退可货您以的收到商品在内", "zh")
    assert perplexity(model, "您可以在收到商品后退货", "zh") < shuffled
    assert model.held_out("de") is None


def test_no_sentence_is_read_by_a_model_that_saw_it():
    texts = [ShopSentence(f"Sentence number {n} of the shop.", "en", str(n)) for n in range(80)]
    odd = "Zebras juggle xylophones quickly, zebras juggle xylophones quickly."
    held, other = (next(s for s in "abcdefgh" if fold_of(s, FOLDS) == n) for n in (0, 1))
    without = ShopLanguageModel(texts)
    with_it = ShopLanguageModel([*texts, ShopSentence(odd, "en", held)])
    assert perplexity(with_it, odd, "en") == perplexity(without, odd, "en")
    # What is almost the same is read by a model that saw it, and is far more usual to that one.
    almost = odd.replace(".", "!")
    seen = ShopLanguageModel([*texts, ShopSentence(odd, "en", other)])
    assert perplexity(seen, almost, "en") < perplexity(without, almost, "en") / 10


def test_the_shops_texts_have_their_facts_and_no_placeholders(shop, phrasebook):
    passages = shop.library().passages()
    texts = list(shop_sentences(passages, DATA, phrasebook.policy))
    assert {said.language for said in texts} == {"en", "zh"}
    assert not [said.text for said in texts if "{" in said.text]
    assert any("30 days" in said.text for said in texts)
    assert any("tidewick.example" in said.text for said in texts)
