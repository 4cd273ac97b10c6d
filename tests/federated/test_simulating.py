"""A simulation: what it prepares, that it can go on, and what comes of it."""

import json
import os
from dataclasses import replace

import numpy as np
import pytest

from switchboard.errors import ConfigurationError
from switchboard.federated import simulating
from switchboard.federated.apart.heads import NO_LABEL, Table
from switchboard.federated.budget_plot import draw_budgets
from switchboard.federated.federated_report import FederatedReport
from switchboard.federated.message_tables import KnownMessages
from switchboard.federated.shared_figures import measure, most_frequent
from switchboard.federated.simulating import Simulation, SplitOutcome
from tests.federated.probing import needs_flower

AUTHORS = ("ada", "ben", "eve", "joe")


@pytest.fixture(scope="module")
def messages():
    """A thousand made-up messages of four authors about eight wishes."""
    random = np.random.default_rng(5)
    intents = random.integers(0, 8, 1000).astype(np.int16)
    moods = random.choice([NO_LABEL, 0, 2], 1000, p=[0.3, 0.2, 0.5]).astype(np.int16)
    vectors = np.eye(32)[intents] + 0.25 * random.normal(size=(1000, 32))
    vectors[:, 20] += moods
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    names = tuple(f"wish_{n}" for n in range(8))
    return KnownMessages(
        Table(vectors.astype(np.float32), intents, moods),
        names,
        tuple(f"wish_{n} en" for n in intents),
        tuple(AUTHORS[n % 4] for n in range(1000)),
    )


@pytest.fixture
def runs(tmp_path, monkeypatch):
    monkeypatch.setattr(simulating, "RUNS", tmp_path / "runs")
    return tmp_path / "runs"


def planned(messages, shops=5, epsilons=(1.0, float("inf")), splits=2):
    authors = np.array(messages.authors)
    folds = [np.flatnonzero(authors == name) for name in AUTHORS]
    made = Simulation.planned(messages, folds, shops, epsilons, splits, 4)
    return replace(made, terms=replace(made.terms, plain_rounds=12, messages=150.0))


@pytest.mark.parametrize(
    ("shops", "epsilons", "told"),
    [(2, [1.0], "3 or more"), (5, [], "above 0"), (5, [-1], "above 0")],
)
def test_what_cannot_be_is_told(messages, shops, epsilons, told):
    with pytest.raises(ConfigurationError, match=told):
        planned(messages, shops, epsilons)


def test_tables_hold_numbers_alone_and_no_held_out_author(messages, runs):
    simulation = planned(messages)
    dealt = simulation._prepare(runs, 1)
    authors = np.array(messages.authors)
    assert {name for rows in dealt for name in authors[rows]} == {"ada", "eve", "joe"}
    assert sum(map(len, dealt)) == 750
    for path in (runs / "seed-1").iterdir():
        with np.load(path, allow_pickle=False) as stored:
            assert {name: stored[name].dtype.kind for name in stored} == {
                "vectors": "f",
                "intents": "i",
                "moods": "i",
            }
        assert b"wish" not in path.read_bytes()
    assert len(list((runs / "seed-1").iterdir())) == 6


def test_other_settings_are_another_run(messages):
    first = planned(messages)
    assert first._identity() == planned(messages)._identity()
    assert first._identity() != planned(messages, shops=4)._identity()
    assert first._identity() != planned(messages, epsilons=(2.0,))._identity()


def outcome(shares, count=400, seed=1):
    """Held-out messages of which each training reads such a share right."""
    random = np.random.default_rng(seed)
    intents = random.integers(0, 4, count)
    moods = random.choice([NO_LABEL, 0, 2], count, p=[0.2, 0.2, 0.6])
    predicted = {}
    for name, share in shares.items():
        right = random.random((count, 2)) < share
        found = np.where(right, np.stack([intents, moods], axis=1), 9)
        predicted[name] = found
    return SplitOutcome(intents, moods, ((100, 3), (90, 4), (80, 2)), predicted)


SHARES = {
    "alone-0": 0.5,
    "alone-1": 0.6,
    "alone-2": 0.4,
    "pooled": 0.9,
    "federated": 0.85,
    "epsilon-1": 0.6,
    "epsilon-0.5": 0.2,
    "epsilon-inf": 0.8,
}


def test_figures_are_shares_of_held_out_messages_with_their_gain():
    figures = measure([outcome(SHARES), outcome(SHARES, seed=2)])
    for name, share in {**SHARES, "alone": 0.5}.items():
        if not name.startswith("alone-"):
            for head in ("intents", "moods"):
                own = figures[name][head]
                assert own.accuracy.value == pytest.approx(share, abs=0.06)
                assert own.accuracy.low < own.accuracy.value < own.accuracy.high
                assert own.accuracy.high - own.accuracy.low < 0.15
                assert len(own.splits) == 2
    assert figures["pooled"]["intents"].gain.low > 0.3
    assert figures["epsilon-0.5"]["intents"].gain.high < 0
    assert figures["alone"]["moods"].gain.value == 0


def test_a_rare_level_weighs_as_much_as_a_frequent_one():
    one = outcome(SHARES)
    always_calm = np.stack([one.intents, np.full(400, 2)], axis=1)
    one = replace(one, predicted={**one.predicted, "pooled": always_calm})
    moods = measure([one])["pooled"]["moods"]
    assert moods.accuracy.value == pytest.approx(most_frequent([one], "moods"))
    assert moods.balanced.value == pytest.approx(0.5)


def test_the_report_names_every_training_and_says_what_was_gained(messages, tmp_path):
    outcomes = [outcome(SHARES)]
    report = FederatedReport(measure(outcomes), outcomes, planned(messages).terms)
    text = report.markdown()
    for title in ("each shop alone", "all messages in one place", "ε = 0.5", "ε = 1", "ε = ∞"):
        assert title in text
    assert text.index("ε = 0.5") < text.index("ε = 1 ")
    told = json.loads(report.as_json())
    assert set(told["trainings"]) == {"alone"} | {n for n in SHARES if "alone" not in n}
    assert "wish" not in report.as_json()
    draw_budgets(tmp_path / "federated.png", report.figures)
    assert (tmp_path / "federated.png").read_bytes().startswith(b"\x89PNG")
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.long
@needs_flower
def test_together_is_nearly_as_good_as_in_one_place_and_goes_on_where_it_was(messages, runs):
    simulation = planned(messages)
    figures = measure(simulation.run(os.environ))
    assert figures["federated"]["intents"].accuracy.value > 0.9
    assert figures["federated"]["intents"].gain.low > 0.05
    pooled = figures["pooled"]["intents"].accuracy.value
    assert figures["federated"]["intents"].accuracy.value == pytest.approx(pooled, abs=0.05)
    assert (
        figures["epsilon-1"]["intents"].accuracy.value
        < figures["epsilon-inf"]["intents"].accuracy.value
    )
    (work,) = runs.iterdir()
    assert {len(list(work.glob(f"seed-{n}/*.npy"))) for n in (1, 2)} == {9}
    (work / "seed-2" / "pooled.npy").unlink()
    before = {p: p.stat().st_mtime_ns for p in work.glob("*/*.npy")}
    simulation.run(os.environ)
    after = {p: p.stat().st_mtime_ns for p in work.glob("*/*.npy")}
    assert set(after) - set(before) == {work / "seed-2" / "pooled.npy"}
    assert all(after[path] == at for path, at in before.items())
    simulation.forget()
    assert not work.exists()
