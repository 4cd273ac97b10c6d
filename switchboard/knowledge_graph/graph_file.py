"""The graph as a file beside the model, with a checksum of what it was built from."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from switchboard.failures import place_of
from switchboard.knowledge_graph.lexicon import FILE
from switchboard.knowledge_graph.shop_graph import Edge, ShopGraph
from switchboard.knowledge_graph.statement_facts import Said, StatedFact
from switchboard.project import PROJECT

logger = logging.getLogger(__name__)

GRAPH = PROJECT / "models" / "knowledge_graph.json"
FORMAT = 1
_SOURCES = (FILE, "catalogue.yml", "policy.yml")


def checksum(data: Path) -> str:
    """A checksum over everything that the graph of a data folder depends on."""
    paths = [data / name for name in _SOURCES]
    paths += sorted((data / "articles").glob("*/*.md"))
    digest = hashlib.sha256(f"format {FORMAT}".encode())
    for path in paths:
        if path.exists():
            digest.update(str(path.relative_to(data)).encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def write_graph(graph: ShopGraph, made_of: str, path: Path = GRAPH) -> None:
    """Store a graph; the file is there whole or not at all."""
    document = {
        "made_of": made_of,
        "names": graph.names,
        "edges": [[edge.source, edge.relation, edge.target] for edge in graph.edges],
        "said": [asdict(one) for one in graph.said.values()],
        "facts": [asdict(fact) for fact in graph.facts],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(document, file, ensure_ascii=False, separators=(",", ":"))
        os.chmod(name, 0o644)  # the server may be another user than who trained
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def read_graph(made_of: str, path: Path = GRAPH) -> ShopGraph | None:
    """The stored graph, if it was built from just that; else None."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        return _graph(raw) if raw["made_of"] == made_of else None
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        logger.error("%s cannot be read: %s", path.name, place_of(error))
        return None


def _graph(raw: dict[str, Any]) -> ShopGraph:
    said = (
        Said(**{**one, "forms": tuple(map(tuple, one["forms"])), "keys": tuple(one["keys"])})
        for one in raw["said"]
    )
    facts = (
        StatedFact(**{**one, "subjects": tuple(one["subjects"]), "places": tuple(one["places"])})
        for one in raw["facts"]
    )
    return ShopGraph(
        raw["names"],
        tuple(Edge(*triple) for triple in raw["edges"]),
        {one.id: one for one in said},
        tuple(facts),
    )
