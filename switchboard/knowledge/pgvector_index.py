"""Passages in PostgreSQL with pgvector, for shops with very many of them.

Candidates come from an HNSW index on the keys' vectors and a GIN index on the words; they are then
scored as in memory, with the share of the question's words weighted by rarity in place of BM25.
Only new or changed passages are embedded.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

import numpy as np
import sqlalchemy as sa
from pgvector.sqlalchemy import Vector
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.engine import Connection, Engine
from typing_extensions import override

from switchboard.database.connection import open_engine
from switchboard.embedding.encoder import Encoder
from switchboard.knowledge.articles import Passage
from switchboard.knowledge.index import (
    BEST_KEYS,
    CANDIDATES,
    MAX_QUESTION,
    WORD_WEIGHT,
    Hit,
    PassageIndex,
    dense,
)
from switchboard.knowledge.statements import Statement
from switchboard.knowledge.terms import Rarity, passage_words, words
from switchboard.text.normal import plain_text

_RAREST = 4
_BATCH = 500
_TWIN = 10_000
"""The keys of a twin are numbered from here."""


class PgVectorStore:
    """The tables of one deployment; missing ones are created.

    Raises:
        ConfigurationError: the URL is not a database URL.
        sqlalchemy.exc.SQLAlchemyError: it cannot be reached, or has no pgvector.
    """

    def __init__(self, url: str, encoder: Encoder) -> None:
        self.engine: Engine = open_engine(url)
        self.encoder = encoder
        tables = sa.MetaData()
        self.passages = sa.Table(
            "passages",
            tables,
            sa.Column("language", sa.String(16), primary_key=True),
            sa.Column("id", sa.String(255), primary_key=True),
            sa.Column("digest", sa.String(64), nullable=False),
            sa.Column("data", sa.Text, nullable=False),
            sa.Column("words", TSVECTOR, nullable=False),
            sa.Index("ix_passages_words", "words", postgresql_using="gin"),
        )
        self.keys = sa.Table(
            "passage_keys",
            tables,
            sa.Column("language", sa.String(16), primary_key=True),
            sa.Column("id", sa.String(255), primary_key=True),
            sa.Column("number", sa.Integer, primary_key=True),
            sa.Column("vector", Vector(encoder.size), nullable=False),
        )
        self._nearest = sa.Index(
            "ix_passage_keys_vector",
            self.keys.c.vector,
            postgresql_using="hnsw",
            postgresql_ops={"vector": "vector_ip_ops"},
        )
        with self.engine.begin() as db:
            db.execute(sa.text("CREATE EXTENSION IF NOT EXISTS vector"))
        tables.create_all(self.engine)

    def index(self, language: str, passages: Sequence[Passage]) -> PgVectorIndex:
        """An index of one language with exactly these passages."""
        self._synchronise(language, passages)
        return PgVectorIndex(self, language, Rarity(passage_words(p) for p in passages))

    def fill(self, language: str, passages: Sequence[Passage], vectors: Any) -> PgVectorIndex:
        """An index of many new passages whose vectors (keys x size) are given."""
        at = 0
        # Building the index at the end takes a tenth of the time of updating it per key.
        self._nearest.drop(self.engine, checkfirst=True)
        for start in range(0, len(passages), _BATCH):
            batch = passages[start : start + _BATCH]
            keys = sum(len(passage.keys) + len(passage.twin) for passage in batch)
            self.insert(language, [(_digest(p), p) for p in batch], vectors[at : at + keys])
            at += keys
        with self.engine.begin() as db:
            db.execute(sa.text("SET LOCAL maintenance_work_mem = '1GB'"))
            self._nearest.create(db)
        return PgVectorIndex(self, language, Rarity(passage_words(p) for p in passages))

    def _synchronise(self, language: str, passages: Sequence[Passage]) -> None:
        table = self.passages.c
        wanted = {p.id: (_digest(p), p) for p in passages}
        with self.engine.connect() as db:
            query = sa.select(table.id, table.digest).where(table.language == language)
            stored = {row.id: row.digest for row in db.execute(query)}
        gone = [i for i, digest in stored.items() if i not in wanted or wanted[i][0] != digest]
        new = [(digest, p) for i, (digest, p) in wanted.items() if stored.get(i) != digest]
        for start in range(0, len(gone), _BATCH):
            with self.engine.begin() as db:
                self._delete(db, language, gone[start : start + _BATCH])
        for start in range(0, len(new), _BATCH):
            batch = new[start : start + _BATCH]
            texts = [key for _, p in batch for key in (*p.keys, *p.twin)]
            vectors = self.encoder.encode(texts)
            self.insert(language, batch, vectors)

    def insert(self, language: str, batch: Sequence[tuple[str, Passage]], vectors: Any) -> None:
        """Add passages with the vectors of their keys, in one transaction."""
        rows, keys, at = [], [], 0
        for digest, passage in batch:
            held = sorted(set(passage_words(passage)))
            rows.append(
                {
                    "language": language,
                    "id": passage.id,
                    "digest": digest,
                    "data": _dump(passage, held),
                    "words": " ".join(map(_quoted, held)),
                }
            )
            twins = range(_TWIN, _TWIN + len(passage.twin))
            for number in (*range(len(passage.keys)), *twins):
                keys.append((language, passage.id, number, vectors[at]))
                at += 1
        names = ("language", "id", "number", "vector")
        with self.engine.begin() as db:
            statement = sa.insert(self.passages).values(
                words=sa.cast(sa.bindparam("words"), TSVECTOR)
            )
            db.execute(statement, rows)
            db.execute(sa.insert(self.keys), [dict(zip(names, key, strict=True)) for key in keys])

    def _delete(self, db: Connection, language: str, ids: Sequence[str]) -> None:
        for table in (self.keys, self.passages):
            db.execute(sa.delete(table).where(table.c.language == language, table.c.id.in_(ids)))


class PgVectorIndex(PassageIndex):
    """Search in PostgreSQL. Raises SQLAlchemy's errors."""

    def __init__(self, store: PgVectorStore, language: str, rarity: Rarity) -> None:
        self._store, self._language, self.rarity = store, language, rarity

    @override
    def search(self, question: str, limit: int = 3) -> list[Hit]:
        question = question[:MAX_QUESTION].strip()
        if not question:
            return []
        vector = self._store.encoder.vector(plain_text(question))
        query = words(question)
        with self._store.engine.connect() as db:
            ids = self._candidates(db, vector, query)
            rows = self._load(db, ids, vector)
        hits = [self._hit(data, own, twin, query) for data, own, twin in rows]
        return sorted(hits, key=lambda hit: -hit.score)[:limit]

    def _candidates(self, db: Connection, vector: Any, query: Sequence[str]) -> set[str]:
        keys, passages = self._store.keys.c, self._store.passages.c
        near = (
            sa.select(keys.id)
            .where(keys.language == self._language)
            .order_by(keys.vector.max_inner_product(vector))
            .limit(CANDIDATES)
        )
        db.execute(sa.text(f"SET LOCAL hnsw.ef_search = {2 * CANDIDATES}"))
        found = set(db.execute(near).scalars())
        # Common words match half the shop, so only the rarest select candidates.
        known = [word for word in set(query) if self.rarity.frequency[word]]
        rare = sorted(known, key=self.rarity.of, reverse=True)[:_RAREST]
        if rare:
            wanted = sa.func.to_tsquery("simple", " | ".join(map(_quoted, rare)))
            lexical = (
                sa.select(passages.id)
                .where(passages.language == self._language, passages.words.op("@@")(wanted))
                .order_by(sa.func.ts_rank(passages.words, wanted).desc())
                .limit(CANDIDATES)
            )
            found |= set(db.execute(lexical).scalars())
        return found

    def _load(
        self, db: Connection, ids: Iterable[str], vector: Any
    ) -> list[tuple[str, list[float], list[float]]]:
        """(data, cosines of its own keys, cosines of its twin's) of each passage."""
        keys, passages = self._store.keys.c, self._store.passages.c
        cosine = sa.func.array_agg(-keys.vector.max_inner_product(vector))
        query = (
            sa.select(
                passages.data,
                cosine.filter(keys.number < _TWIN),
                cosine.filter(keys.number >= _TWIN),
            )
            .join(
                self._store.keys,
                sa.and_(keys.language == passages.language, keys.id == passages.id),
            )
            .where(passages.language == self._language, passages.id.in_(list(ids)))
            .group_by(passages.language, passages.id)
        )
        return [(data, list(own), list(twin or ())) for data, own, twin in db.execute(query)]

    def _hit(self, data: str, own: list[float], twin: list[float], query: Sequence[str]) -> Hit:
        stored = json.loads(data)
        passage, total = _passage(stored["passage"]), self.rarity.total(query)
        held = set(stored["words"])
        lexical = sum(map(self.rarity.of, (w for w in query if w in held))) / total if total else 0
        meaning = dense(_best(own), _best(twin) if twin else None)
        # Halved, as BM25 gives a word that occurs once about half of its weight.
        return Hit(passage, meaning + WORD_WEIGHT * lexical / 2, max(own))


def _best(cosines: list[float]) -> float:
    """The mean of the best cosines."""
    return float(np.mean(sorted(cosines)[-BEST_KEYS:]))


def _digest(passage: Passage) -> str:
    return hashlib.sha256(repr(passage).encode()).hexdigest()


def _passage(data: dict[str, Any]) -> Passage:
    lists: dict[str, Any] = {name: tuple(data[name]) for name in ("topics", "questions", "twin")}
    lists["statements"] = tuple(
        Statement(said["text"], tuple((name, text) for name, text in said["forms"]), said["listed"])
        for said in data["statements"]
    )
    return Passage(**{**data, **lists, "updated": date.fromisoformat(data["updated"])})


def _dump(passage: Passage, held: Sequence[str]) -> str:
    """A passage as JSON with its words, so that no search has to split it again."""
    stored = {"passage": asdict(passage), "words": held}
    return json.dumps(stored, default=str, ensure_ascii=False)


def _quoted(word: str) -> str:
    return "'" + word.replace("\\", "").replace("'", "''") + "'"
