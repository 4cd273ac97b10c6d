"""A candidate comes into service whole, only if it is better, and goes back."""

import pytest
import yaml

from switchboard.learning.candidate import Candidate, NoCandidate
from switchboard.learning.comparison import Judgement
from switchboard.learning.learned_examples import (
    FILE,
    add_examples,
    as_example,
    is_kept_back,
    read_examples,
)
from switchboard.learning.proposal_book import Proposal, ProposalKind, ProposalState


def wording(number, text, meant="track_order", language="en"):
    return Proposal(
        number, ProposalKind.WORDING, ProposalState.ACCEPTED, text, language, meant, (), 1
    )


@pytest.fixture
def project(tmp_path):
    project = tmp_path / "shop"
    (project / "data" / "nlu").mkdir(parents=True)
    (project / "models").mkdir()
    (project / "config.yml").write_text("c")
    (project / "domain.yml").write_text("d")
    (project / "data" / "nlu" / "orders.yml").write_text("n")
    (project / "models" / "one.tar.gz").write_text("the first model")
    (project / "models" / "stamp").write_text("one.tar.gz of the first files")
    return project


@pytest.fixture
def candidate(project):
    return Candidate(project, project / "var" / "learning")


WORDS = [text for number in range(60) if not is_kept_back(text := f"tell me about parcel {number}")]


def trained(candidate, wordings):
    candidate.prepare(wordings)
    candidate.model.parent.mkdir()
    candidate.model.write_text("the better model")


def serving(project):
    (model,) = (project / "models").glob("*.tar.gz")
    return model.read_text()


def contents(project):
    """All that a shop owns, as it is."""
    paths = sorted((project / "data").rglob("*")) + sorted((project / "models").rglob("*"))
    return {str(path): path.read_text() for path in paths if path.is_file()}


def test_it_serves_when_it_is_better_and_goes_back(project, candidate):
    trained(candidate, [wording(7, WORDS[0]), wording(8, WORDS[1], language="zh")])
    assert not (project / "data" / FILE).exists()
    for verdict in (None, Judgement.NOT_BETTER, Judgement.WORSE, Judgement.TOO_FEW):
        if verdict:
            candidate.note(verdict, [])
        with pytest.raises(NoCandidate):
            candidate.activate(project / "models", "two.tar.gz")
    assert serving(project) == "the first model"
    candidate.note(Judgement.BETTER, [{"name": "learned"}])
    before = contents(project)
    stamp = "stamp", "two.tar.gz of its files"
    assert candidate.activate(project / "models", "two.tar.gz", stamp) == (7, 8)
    assert serving(project) == "the better model"
    assert (project / "models" / "stamp").read_text() == "two.tar.gz of its files"
    assert read_examples(project / "data") == {
        ("track_order", "en"): [WORDS[0]],
        ("track_order", "zh"): [WORDS[1]],
    }
    assert candidate.roll_back(project / "models") == (7, 8)
    assert contents(project) == before
    with pytest.raises(NoCandidate):
        candidate.roll_back(project / "models")


def test_what_was_encoded_is_not_encoded_again(project, candidate):
    vectors = project / "var" / "embedding"
    vectors.mkdir(parents=True)
    (vectors / "examples.npz").write_text("many")
    candidate.prepare([wording(1, WORDS[0])])
    assert (candidate.folder / "var" / "embedding" / "examples.npz").read_text() == "many"
    candidate.prepare([wording(1, WORDS[0])])  # the folder is made anew, and not what it points to
    assert (vectors / "examples.npz").exists()


def test_without_a_model_nothing_serves(project, candidate):
    with pytest.raises(NoCandidate):
        candidate.state()
    candidate.prepare([wording(1, WORDS[0])])
    candidate.note(Judgement.BETTER, [])
    with pytest.raises(NoCandidate):
        candidate.activate(project / "models", "two.tar.gz")


def test_what_is_kept_back_is_no_example(project, candidate):
    kept = next(text for n in range(60) if is_kept_back(text := f"parcel {n} please"))
    with pytest.raises(NoCandidate):
        candidate.prepare([wording(1, kept)])
    candidate.prepare([wording(1, kept), wording(2, WORDS[0])])
    assert candidate.state().proposals == (2,)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("my mail is [email], where is it", "my mail is maya@example.com, where is it"),
        ("[name_1] here\n- intent: x", "Maya here - intent: x"),
        ('[cancel](evil){"entity": "x"} it', 'cancel(evil) "entity": "x" it'),
        ("[secret]", ""),
        ("4711", ""),
        ("退货吗？", "退货吗？"),
    ],
)
def test_a_message_becomes_one_harmless_line(text, line):
    assert as_example(text) == line


def test_the_file_is_training_data(tmp_path):
    pytest.importorskip("rasa")  # which is not where core is tested alone
    from rasa.shared.nlu.training_data.loading import load_data

    (tmp_path / "nlu").mkdir()
    hostile = [
        wording(1, '- "quotes": and #hash'),
        wording(2, "[x](y){z} |pipe"),
        wording(3, "  : yaml > trouble & *more"),
        wording(4, "什么时候到", "delivery_period", "zh"),
        wording(5, "- "),
    ]
    assert add_examples(tmp_path, hostile) == 4
    assert add_examples(tmp_path, hostile) == 0
    examples = load_data(str(tmp_path / FILE)).training_examples
    assert [one.get("intent") for one in examples].count("delivery_period") == 1
    assert len(examples) == 4
    assert not any(one.get("entities") for one in examples)
    blocks = yaml.safe_load((tmp_path / FILE).read_text())["nlu"]
    assert {block["metadata"]["author"] for block in blocks} == {"customers"}
