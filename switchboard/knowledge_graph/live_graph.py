"""The graph that serves: read from its file, built anew when articles change."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable
from pathlib import Path

from switchboard.errors import ConfigurationError
from switchboard.failures import place_of
from switchboard.knowledge_graph.graph_answers import GraphAnswers
from switchboard.knowledge_graph.graph_building import Kept, Progress, build_graph
from switchboard.knowledge_graph.graph_file import GRAPH, checksum, read_graph, write_graph
from switchboard.knowledge_graph.graph_finding import GraphFinding
from switchboard.knowledge_graph.graph_question import QuestionReader
from switchboard.knowledge_graph.lexicon import FILE, load_lexicon
from switchboard.knowledge_graph.shop_graph import ShopGraph
from switchboard.shop.speech import Phrasebook
from switchboard.text.language import ENGLISH, SPOKEN

logger = logging.getLogger(__name__)

_latest: dict[str, ShopGraph] = {}
"""The latest graph of this process by what it was made of: a second engine needs no second one."""
LOOK_SECONDS = 2.0
"""Minimum seconds between looks at the files."""


class LiveGraph:
    """Answers by the graph of a data folder. A shop without `graph.yml` has none, and no answers.

    Changed articles and a changed `graph.yml` are seen within seconds. From then until the new
    graph stands nothing is answered by the old one: it may say what an article says no more.
    """

    def __init__(self, data: Path, phrasebook: Phrasebook, file: Path = GRAPH) -> None:
        """Reads the stored graph, or builds it.

        Raises:
            ConfigurationError: `graph.yml` cannot be used.
        """
        self._data, self._phrasebook, self._file = data, phrasebook, file
        self._kept: Kept = {}
        self._building = threading.Lock()
        self._stamp = self._read_stamp()
        self._looked = time.monotonic()
        self._answers = self._open()

    def find(
        self, question: str, language: str = ENGLISH, bought: Iterable[str] = (), before: str = ""
    ) -> GraphFinding | None:
        """The graph's finding for a question, None if it has none. Never raises."""
        try:
            self._look()
            if self._answers is None:
                return None
            return self._answers.find(question, language, bought, before)
        except Exception as error:  # a question must not fail for it: the articles answer
            logger.error("the graph was not asked: %s", place_of(error))
            return None

    def refresh(self) -> None:
        """Build the graph of the files as they are now."""
        with self._building:
            stamp, self._answers = self._read_stamp(), None
            try:
                self._answers = self._open()
            except ConfigurationError as error:
                logger.error("no graph: %s", error)
            except OSError as error:  # a file that is being written: looked at again
                logger.error("no graph: %s", place_of(error))
                return
            self._stamp = stamp

    def _look(self) -> None:
        if time.monotonic() - self._looked < LOOK_SECONDS or self._building.locked():
            return
        self._looked = time.monotonic()
        # In the background: a hundred files take longer to look at than the graph to ask.
        threading.Thread(target=self._refresh_changed, daemon=True).start()

    def _refresh_changed(self) -> None:
        if self._read_stamp() != self._stamp:
            self.refresh()

    def _open(self) -> GraphAnswers | None:
        lexicon = load_lexicon(self._data / FILE)
        if lexicon is None:
            return None
        made_of = checksum(self._data)
        graph = _latest.get(made_of) or read_graph(made_of, self._file)
        if graph is None:
            catalogue, policy = self._phrasebook.catalogue, self._phrasebook.policy
            articles = self._data / "articles"
            graph = build_graph(lexicon, catalogue, policy, articles, kept=self._kept)
        _latest.clear()
        _latest[made_of] = graph
        for prop in lexicon.properties.values():  # a question must not wait for the first list
            for language in SPOKEN:
                graph.holders(prop, language)
        reader = QuestionReader(lexicon, self._phrasebook)
        return GraphAnswers(graph, lexicon, self._phrasebook, reader)

    def _read_stamp(self) -> tuple[tuple[str, int, int], ...]:
        paths = [*sorted((self._data / "articles").glob("*/*.md")), self._data / FILE]
        stats = ((path, path.stat()) for path in paths if path.exists())
        return tuple((str(path), stat.st_mtime_ns, stat.st_size) for path, stat in stats)


def store_graph(
    data: Path, phrasebook: Phrasebook, file: Path = GRAPH, progress: Progress | None = None
) -> bool:
    """Build and store the graph unless the stored one is of the same data; whether there is one.

    Raises:
        ConfigurationError: `graph.yml` cannot be used.
    """
    lexicon = load_lexicon(data / FILE)
    if lexicon is None:
        file.unlink(missing_ok=True)
        return False
    made_of = checksum(data)
    if read_graph(made_of, file) is None:
        catalogue, policy = phrasebook.catalogue, phrasebook.policy
        graph = build_graph(lexicon, catalogue, policy, data / "articles", progress)
        write_graph(graph, made_of, file)
    return True
