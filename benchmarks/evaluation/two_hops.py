"""Questions that need two facts: the answers of the articles alone beside those with the graph.

    python -m benchmarks.evaluation.two_hops tests/questions/two_hops.yml

An answer is right if it has all patterns that its question lists, and none of those that it must
not have. It is grounded by the share of its sentences that the shop says: statements of its
articles in any form, or sentences of the catalogue or `graph.yml` with their names filled in. A
question that only looks like one is right if the graph leaves it alone.
"""

from __future__ import annotations

import asyncio
import random
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from switchboard.answering.engine import AnswerEngine
from switchboard.answering.finding import Finding
from switchboard.answering.ledger import Ledger
from switchboard.answering.offer import Phrases
from switchboard.answering.opening import open_library
from switchboard.answering.question import Answer, KnownCustomer, Origin, Question
from switchboard.answering.trace import Trace
from switchboard.database.connection import open_database
from switchboard.embedding.encoder import asking_encoder
from switchboard.knowledge.library import LiveLibrary
from switchboard.knowledge.product_facts import ProductFacts
from switchboard.knowledge_graph.lexicon import FILE, load_lexicon
from switchboard.knowledge_graph.live_graph import LiveGraph
from switchboard.privacy.personal_data import analyzer
from switchboard.settings import load_settings
from switchboard.shop.speech import Phrasebook, open_phrasebook
from switchboard.text.sentences import sentences

BOOTSTRAPS = 2000


@dataclass(frozen=True)
class Outcome:
    """What became of one question. `milliseconds`: those that the graph took."""

    asked: str
    text: str
    right: bool
    grounded: float
    answered: bool
    by_graph: bool
    milliseconds: float


def interval(values: Sequence[float]) -> tuple[float, float]:
    """The 95 % bootstrap interval of a mean."""
    draw = random.Random(1)
    means = sorted(statistics.fmean(draw.choices(values, k=len(values))) for _ in range(BOOTSTRAPS))
    return means[int(0.025 * BOOTSTRAPS)], means[int(0.975 * BOOTSTRAPS)]


async def _ask(engine: AnswerEngine, row: Mapping[str, Any], language: str) -> tuple[Answer, Trace]:
    bought = {"4711": tuple(row["order"])} if row.get("order") else {}
    orders: dict[str, Sequence[str]] = {number: () for number in bought}
    trace = Trace()
    customer = KnownCustomer(orders=orders, bought=bought)
    answer = await engine.answer(Question(row["ask"], language, customer=customer), trace)
    return answer, trace


def _outcome(row: Mapping[str, Any], answer: Answer, trace: Trace, own: re.Pattern[str]) -> Outcome:
    text = answer.text if answer.origin is Origin.ARTICLE else ""
    right = (
        bool(text)
        and all(re.search(p, text) for p in row.get("says", ()))
        and not any(re.search(p, text) for p in row.get("not", ()))
    )
    said = sentences(own.sub(" ", text))
    grounded = 1.0 if not said else 1 - len(said) / max(len(sentences(text)), 1)
    took = trace.milliseconds.get("graph", 0.0)
    by_graph = trace.found is not None and not trace.found.needs_proof
    return Outcome(row["ask"], text, right, grounded, bool(text), by_graph, took)


def own_sentences(phrasebook: Phrasebook, library: LiveLibrary, data: Path) -> re.Pattern[str]:
    """A pattern of all that the shop says."""
    lexicon = load_lexicon(data / FILE)
    listed = [t for p in lexicon.properties.values() for t in p.listed.values()] if lexicon else []
    templates = [
        *phrasebook.words.get("product_statements", {}).values(),
        *(lexicon.sentences.values() if lexicon else ()),
        *listed,
    ]
    texts = {
        t
        for p in library.passages()
        for s in p.statements
        for t in (s.text, *dict(s.forms).values())
    }
    texts |= {form for form in phrasebook.words["answers"]["two"].values()}
    texts |= {f"{p.name}{mark}" for p in library.passages() for mark in (":", "：")}
    filled = {
        re.sub(r"\\\{\w+\\\}", r"(?:[^.。!?\\n]|\\.\\d){1,200}", re.escape(form))
        for forms in templates
        for form in forms.values()
    }
    parts = [*sorted(map(re.escape, texts), key=len, reverse=True), *filled]
    return re.compile("|".join(parts))


def evaluate_two_hops(path: Path) -> dict[str, Any]:
    """The outcomes of a file's questions, without and with the graph."""
    settings = load_settings({})
    data, phrasebook = settings.data_dir, open_phrasebook(settings.data_dir)
    library = open_library(settings, phrasebook)
    finding = Finding(asking_encoder(), ProductFacts(phrasebook), Phrases(phrasebook.words))
    library.search("warm", 1)
    analyzer()  # what is loaded on first use is no answer's time
    own = own_sentences(phrasebook, library, data)
    rows = yaml.safe_load(path.read_text(encoding="utf-8"))
    results: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as scratch:
        ledger = Ledger(open_database(f"sqlite:///{scratch}/ledger.db"))
        for name, graph in (("articles", None), ("graph", LiveGraph(data, phrasebook))):
            engine = AnswerEngine(library, finding, ledger, None, graph)
            results[name] = asyncio.run(_all(engine, rows, own))
    return results


async def _all(
    engine: AnswerEngine, rows: Mapping[str, Any], own: re.Pattern[str]
) -> dict[str, list[Outcome]]:
    found: dict[str, list[Outcome]] = {"asked": [], "alike": []}
    for language in ("en", "zh"):
        for row in rows[language]:
            found["asked"].append(_outcome(row, *await _ask(engine, row, language), own))
        for text in rows["alike"][language]:
            row = {"ask": text}
            found["alike"].append(_outcome(row, *await _ask(engine, row, language), own))
    return found


def _row(name: str, outcomes: Sequence[Outcome]) -> str:
    right = [float(o.right) for o in outcomes]
    wrong = [float(o.answered and not o.right) for o in outcomes]
    grounded = [o.grounded for o in outcomes if o.answered]
    low, high = interval(right)
    wrong_low, wrong_high = interval(wrong)
    return (
        f"{name:<9} right {sum(right):.0f} of {len(right)} ({low:.2f} to {high:.2f}), "
        f"answered wrongly {sum(wrong):.0f} ({wrong_low:.2f} to {wrong_high:.2f}), "
        f"grounded {statistics.fmean(grounded or [1.0]):.2f} of the sentences"
    )


def main(path: str) -> None:
    """Print the figures, and what went wrong with the graph."""
    began = time.monotonic()
    results = evaluate_two_hops(Path(path))
    for name, found in results.items():
        print(_row(name, found["asked"]))
    alike = results["graph"]["alike"]
    print(f"alike: the graph answered {sum(o.by_graph for o in alike)} of {len(alike)}")
    took = sorted(o.milliseconds for o in (*results["graph"]["asked"], *alike))
    print(f"time of the graph: median {statistics.median(took):.2f} ms, most {took[-1]:.2f} ms")
    for name in ("articles", "graph"):
        for outcome in results[name]["asked"]:
            if not outcome.right or outcome.grounded < 1:
                print(f"{name}: {outcome.asked}\n    {outcome.grounded:.2f} {outcome.text}")
    print(f"{time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main(sys.argv[1])
