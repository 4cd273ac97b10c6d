"""The shop's own graph, built once."""

import pytest

from switchboard.knowledge_graph.graph_answers import GraphAnswers
from switchboard.knowledge_graph.graph_building import build_graph
from switchboard.knowledge_graph.graph_question import QuestionReader
from switchboard.knowledge_graph.lexicon import load_lexicon
from tests.conftest import DATA


@pytest.fixture(scope="session")
def lexicon():
    return load_lexicon(DATA / "graph.yml")


@pytest.fixture(scope="session")
def kept():
    """Articles that were read already."""
    return {}


@pytest.fixture(scope="session")
def graph(lexicon, catalogue, policy, kept):
    return build_graph(lexicon, catalogue, policy, DATA / "articles", kept=kept)


@pytest.fixture(scope="session")
def answers(graph, lexicon, phrasebook):
    return GraphAnswers(graph, lexicon, phrasebook, QuestionReader(lexicon, phrasebook))
