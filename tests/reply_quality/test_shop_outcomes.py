"""What conversations came to, counted from the overview's tables, and simulated customers' goals."""

import json
from datetime import timezone

import numpy as np
import pytest
import sqlalchemy as sa

pytest.importorskip("sacrebleu")

from switchboard.clock import DAY
from switchboard.database.tables import ratings, visits
from switchboard.errors import ConfigurationError
from switchboard.overview.period import Period
from switchboard.reply_quality.comparing import LanguageFigures, with_goals
from switchboard.reply_quality.shop_outcomes import read_goal_results, read_outcomes

NOW = 20_000 * DAY + 3600


def add(engine, outcomes, scores):
    period = Period.up_to(NOW, 7, timezone.utc)
    with engine.begin() as db:
        for number, outcome in enumerate(outcomes):
            row = {"conversation_id": f"c{number}", "began_at": NOW, "ended_at": NOW}
            row |= {"day": period.last, "channel": "rest", "route": "known", "why": ""}
            db.execute(sa.insert(visits), {**row, "outcome": outcome})
        for number, score in enumerate(scores):
            row = {"ticket": f"T{number}", "conversation_id": f"c{number}", "route": "known"}
            db.execute(sa.insert(ratings), {**row, "asked_at": NOW, "score": score})
    return period


def test_shares_of_visits_with_a_wish_and_the_mean_score(engine):
    outcomes = ["solved"] * 12 + ["unsure"] * 4 + ["person"] * 4 + ["nothing", "going on"] * 5
    period = add(engine, outcomes, [5] * 10 + [3] * 10 + [None] * 7)
    solved, person, content = read_outcomes(engine, period, 500)
    assert (solved.count, solved.found.value, person.found.value) == (20, 0.6, 0.2)
    assert 0.3 < solved.found.low < 0.6 < solved.found.high < 0.9
    assert (content.count, content.found.value) == (20, 4.0)
    assert 3.4 < content.found.low < 4 < content.found.high < 4.6


def test_an_empty_period_tells_nothing(engine):
    for one in read_outcomes(engine, Period.up_to(NOW, 7, timezone.utc), 500):
        assert one.count == 0
        assert np.isnan(one.found.value)


def results(path, reached):
    rows = [
        {"goal": f"goal {goal}", "language": "en", "person": person, "reached": good}
        for goal, people in enumerate(reached)
        for person, good in enumerate(people)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return read_goal_results(path)


def test_goals_are_compared_goal_by_goal(tmp_path):
    mine = results(tmp_path / "mine", [[True] * 4] * 20)
    theirs = results(tmp_path / "theirs", [[True, True, False, False]] * 19)
    own = LanguageFigures("en", 0, [])
    ((row,),) = [one.rows for one in with_goals([own], mine, theirs, 500)]
    assert (row.count, row.mine.value, row.theirs.value) == (19, 1.0, 0.5)
    assert row.verdict == "better"
    ((alone,),) = [one.rows for one in with_goals([own], mine, None, 500)]
    assert (alone.count, alone.verdict) == (20, "")


@pytest.mark.parametrize("content", ["{", '{"goal": "x"}', "[]"])
def test_a_damaged_list_of_results_is_refused(tmp_path, content):
    path = tmp_path / "results"
    path.write_text(content)
    with pytest.raises(ConfigurationError, match="no list of results"):
        read_goal_results(path)
