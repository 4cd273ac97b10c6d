"""Overlap with references: as the libraries have it, from statistics that add up."""

import numpy as np
import pytest

pytest.importorskip("sacrebleu")

import sacrebleu

from switchboard.reply_quality.answer_pairs import AnswerPair, GivenReply
from switchboard.reply_quality.overlap_figures import (
    BleuFigure,
    ChrfFigure,
    MeteorFigure,
    RougeFigure,
    reply_words,
)

ENGLISH = [
    ("You can return it within 30 days.", "Goods can be returned within 30 days of delivery."),
    ("It takes 3 to 5 working days.", "Standard delivery takes 3 to 5 working days."),
    ("No.", "There is no student discount."),
]
CHINESE = [
    ("签收后 30 天内可以退货。", "商品签收后 30 天内可以退货，不用理由。"),
    ("三到五个工作日送到。", "标准配送 3 至 5 个工作日送到。"),
]


def given(rows, language):
    return [
        GivenReply(AnswerPair(n, "?", (right,), language), said)
        for n, (said, right) in enumerate(rows)
    ]


def whole(figure, replies):
    return figure.total(figure.statistics(replies).sum(axis=0, keepdims=True))[0]


@pytest.mark.parametrize(
    ("rows", "language", "name"), [(ENGLISH, "en", "13a"), (CHINESE, "zh", "zh")]
)
def test_bleu_is_sacrebleus_of_the_corpus(rows, language, name):
    said, right = zip(*rows, strict=True)
    expected = sacrebleu.corpus_bleu(list(said), [list(right)], tokenize=name).score
    assert whole(BleuFigure(), given(rows, language)) == pytest.approx(expected)


@pytest.mark.parametrize(("rows", "language"), [(ENGLISH, "en"), (CHINESE, "zh")])
def test_chrf_is_sacrebleus_of_the_corpus(rows, language):
    said, right = zip(*rows, strict=True)
    expected = sacrebleu.corpus_chrf(list(said), [list(right)]).score
    assert whole(ChrfFigure(), given(rows, language)) == pytest.approx(expected)


def test_figures_of_many_samples_come_at_once():
    for figure in (BleuFigure(), ChrfFigure()):
        held = figure.statistics(given(ENGLISH, "en"))
        at_once = figure.total(held)
        assert at_once == pytest.approx([figure.total(row[None])[0] for row in held])


@pytest.mark.parametrize("kind", ["rouge1", "rouge2", "rougeL"])
def test_rouge_reads_chinese(kind):
    figure = RougeFigure(kind)
    near, same = given([CHINESE[0], (CHINESE[0][1], CHINESE[0][1])], "zh")
    assert 0 < figure.value(near) < figure.value(same) == 1


def test_meteor_is_that_of_nltk_without_its_synonyms():
    right = (
        "It is a guide to action that ensures that the military will forever heed Party commands"
    )
    said = "It is a guide to action which ensures that the military always obeys the commands of the party"
    (reply,) = given([(said, right)], "en")
    # nltk's own example, whose words match exactly or by their stems.
    assert MeteorFigure().value(reply) == pytest.approx(0.6944, abs=1e-4)


def test_the_reference_that_fits_best_counts():
    pair = AnswerPair(1, "?", ("Something else.", "You can return it."), "en")
    for figure in (BleuFigure(), ChrfFigure(), RougeFigure("rouge1"), MeteorFigure()):
        best = figure.most or 1
        assert whole(figure, [GivenReply(pair, "You can return it.")]) > 0.9 * best


def test_a_declined_reply_counts_as_empty_and_one_without_reference_not():
    declined = GivenReply(AnswerPair(1, "?", ("You can return it.",), "en"), "")
    free = GivenReply(AnswerPair(2, "?", (), "en"), "Nice weather.")
    for figure in (BleuFigure(), ChrfFigure(), RougeFigure("rougeL"), MeteorFigure()):
        assert whole(figure, [declined]) == 0
        assert not figure.statistics([free]).any()
        assert np.isnan(whole(figure, [free]))


def test_words_are_those_of_the_assistant():
    assert reply_words("Don't wait: 30 days!") == ["don't", "wait", "30", "days"]
    assert reply_words("三十天内可以退货。") == ["三十天", "内", "可以", "退货"]
