"""A model's verdicts on replies: believed where they can be read, and paid for."""

from contextlib import closing

import numpy as np
import pytest

pytest.importorskip("sacrebleu")

from switchboard.answering.opening import open_library, open_meter, open_model
from switchboard.database.connection import open_database
from switchboard.errors import ConfigurationError
from switchboard.llm.metered_model import MeteredModel
from switchboard.reply_quality.answer_pairs import AnswerPair, GivenReply
from switchboard.reply_quality.opening_figures import ShopFigures
from switchboard.reply_quality.own_loop import OwnLoop
from switchboard.settings import load_settings
from tests.conftest import DATA
from tests.fakes.llm_server import verdicts

SAID = ["You have 30 days.", "You have 30 days, in Dublin only.", ""]


def told(llm, phrasebook, tmp_path, texts=SAID, **more):
    environ = {"OPENAI_BASE_URL": llm.url, "OPENAI_API_KEY": "k", "SWITCHBOARD_LLM_TIMEOUT": "2"}
    settings = load_settings({**environ, **more})
    library = open_library(settings, phrasebook)
    database = open_database(f"sqlite:///{tmp_path / 'switchboard.db'}")
    model = MeteredModel(open_model(settings.llm), open_meter(settings.llm, database))
    pair = AnswerPair(1, "Can I return a bowl?", ("30 days.",), "en")
    with closing(OwnLoop()) as loop:
        shop = ShopFigures(lambda: library, DATA, phrasebook, lambda: model, loop, 2.0)
        (figure,) = shop.figures(["judged"])
        return figure.total(figure.statistics([GivenReply(pair, text) for text in texts]))


def test_a_sentence_that_no_statement_says_makes_a_reply_wrong(llm, phrasebook, tmp_path):
    llm.replies = [verdicts("contradicted")]
    assert told(llm, phrasebook, tmp_path)[:2] == pytest.approx([0, 0])
    llm.replies = [verdicts("entailed")]
    found = told(llm, phrasebook, tmp_path)
    assert found[:2] == pytest.approx([1, 1])
    assert np.isnan(found[2])  # declined: nothing to judge


@pytest.mark.parametrize("mode", ["broken", "not_json", "refused", "slow"])
def test_what_the_judge_does_not_tell_is_not_counted(llm, phrasebook, tmp_path, mode):
    llm.mode = mode
    assert np.isnan(told(llm, phrasebook, tmp_path, SAID[:1])).all()


def test_the_day_s_ceiling_holds(llm, phrasebook, tmp_path):
    llm.replies = [verdicts("entailed")]
    found = told(llm, phrasebook, tmp_path, SAID[:1], SWITCHBOARD_LLM_DAILY_TOKENS="1")
    assert np.isnan(found).all()
    assert llm.requests == []


def test_nothing_personal_reaches_the_judge(llm, phrasebook, tmp_path):
    llm.replies = [verdicts("entailed")]
    told(llm, phrasebook, tmp_path, ["Write to ada.quinn@example.com."])
    assert "ada.quinn" not in str(llm.requests)
    assert "[email]" in str(llm.requests)


def test_it_is_asked_for_by_name_and_needs_a_model(phrasebook):
    shop = ShopFigures(lambda: None, DATA, phrasebook)
    with pytest.raises(ConfigurationError, match="needs a language model"):
        shop.figures(["judged"])
