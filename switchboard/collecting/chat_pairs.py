"""Questions with their answers, and what the shop's people say often, counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from switchboard.collecting.chat_threads import exchanges, threads
from switchboard.collecting.duplicates import plain_words
from switchboard.collecting.work_file import WorkFile
from switchboard.text.language import has_han
from switchboard.text.normal import normal_text
from switchboard.text.words import split_words

SHAPE = """
CREATE TABLE IF NOT EXISTS pairs (
    id INTEGER PRIMARY KEY, thread TEXT, question TEXT, answer TEXT, key TEXT);
CREATE TABLE IF NOT EXISTS said (key TEXT, thread TEXT, text TEXT, PRIMARY KEY (key, thread))
    WITHOUT ROWID;
"""
LEAST_WORDS, LEAST_HAN = 3, 6
"""Of a question: less says nothing by itself."""
LEAST_ANSWER, MOST_ANSWER = 20, 1500
"""Characters of an answer that may become a text."""
_BATCH = 2000


class AskedOften(NamedTuple):
    """A question in one wording, how often it was asked in the same words, and an answer."""

    question: str
    answer: str
    times: int
    key: str


def pair(work: WorkFile, tell: Callable[[str], None]) -> int:
    """Pair what was laid in; how many pairs. What was begun is done anew: it takes seconds."""
    if not work.mark("paired"):
        work.db.executescript("DELETE FROM pairs; DELETE FROM said;")
        for number, thread in enumerate(threads(work), start=1):
            for exchange in exchanges(thread):
                if _asks(exchange.question) and len(exchange.answer) >= LEAST_ANSWER:
                    key = words_of(exchange.question)
                    row = (exchange.thread, exchange.question, exchange.answer, key)
                    insert = "INSERT INTO pairs (thread, question, answer, key) VALUES (?, ?, ?, ?)"
                    work.db.execute(insert, row)
            for message in thread:
                if message.ours and LEAST_ANSWER <= len(message.text) <= MOST_ANSWER:
                    said = (words_of(message.text), message.conversation, message.text)
                    work.db.execute("INSERT OR IGNORE INTO said VALUES (?, ?, ?)", said)
            if number % _BATCH == 0:
                tell(f"{number} conversations put together")
        work.db.execute("CREATE INDEX IF NOT EXISTS pairs_key ON pairs (key)")
        work.set_mark("paired", 1)
        work.db.commit()
    return work.number("SELECT COUNT(*) FROM pairs")


def words_of(text: str) -> str:
    """What makes two messages the same: their words, whatever the names and numbers in them."""
    return plain_words(normal_text(text))


def _asks(question: str) -> bool:
    if has_han(question):
        return len(question) >= LEAST_HAN
    return sum(1 for _ in split_words(question)) >= LEAST_WORDS


def most_asked(work: WorkFile, most: int) -> list[AskedOften]:
    """The questions that were asked most in the same words, the first of each."""
    query = (
        "SELECT question, answer, COUNT(DISTINCT thread) AS times, key, MIN(id) FROM pairs "
        "GROUP BY key ORDER BY times DESC, MIN(id) LIMIT ?"
    )
    return [AskedOften(q, a, int(n), key) for q, a, n, key, _ in work.db.execute(query, (most,))]


def answers_to(work: WorkFile, keys: list[str], most: int) -> list[str]:
    """Answers to these questions, one a conversation."""
    marks = ",".join("?" * len(keys))
    query = (
        f"SELECT answer FROM pairs WHERE key IN ({marks}) "  # noqa: S608
        "GROUP BY thread ORDER BY MIN(id) LIMIT ?"
    )
    return [str(answer) for (answer,) in work.db.execute(query, (*keys, most))]


def said_often(work: WorkFile, least: int, most: int) -> Iterator[tuple[str, int]]:
    """What the shop's people said in the same words in so many conversations, most often first."""
    query = (
        "SELECT MIN(text), COUNT(*) AS times FROM said GROUP BY key HAVING times >= ? "
        "ORDER BY times DESC, key LIMIT ?"
    )
    for text, times in work.db.execute(query, (least, most)):
        yield str(text), int(times)
