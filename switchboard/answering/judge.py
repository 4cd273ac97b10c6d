"""A judge of a model's own wording: a second call that compares it with the cited statements.

The judge sees sentences and statements, nothing that a customer wrote. It is a language model and
errs as one; what it lets pass wrongly was measured (`docs/open-questions.md`). A shop that wants no
such errors keeps the default, in which nothing a model words is sent.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from switchboard.answering.prompt import judging
from switchboard.answering.reply import read_object
from switchboard.errors import ModelWrong, NotEntailed
from switchboard.llm.chat_model import Message, Schema

VERDICTS = ("entailed", "contradicted", "absent")
SCHEMA: Schema = {
    "type": "object",
    "properties": {
        "verdicts": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "sentence": {"type": "integer"},
                    "verdict": {"type": "string", "enum": list(VERDICTS)},
                    "english": {"type": "string"},
                },
                "required": ["sentence", "verdict", "english"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["verdicts"],
    "additionalProperties": False,
}


Ask = Callable[[Sequence[Message], Schema], Awaitable[str]]
"""Asks a model for a reply by a schema."""


async def judge(ask: Ask, statements: Sequence[str], drafted: Sequence[str]) -> Mapping[int, str]:
    """The judge's English of each sentence, by number from 1, if all are entailed.

    Raises:
        NotEntailed: a sentence is not entailed.
        ModelWrong: a sentence has no verdict, or the reply is unusable.
        ModelError: the judge could not be asked.
    """
    listed = read_object(await ask(judging(statements, drafted), SCHEMA)).get("verdicts")
    english: dict[int, str] = {}
    for entry in listed if isinstance(listed, list) else ():
        if not isinstance(entry, dict) or type(entry.get("sentence")) is not int:
            raise ModelWrong("the judge's reply cannot be read")
        verdict, rendered = entry.get("verdict"), entry.get("english")
        if verdict != "entailed":
            raise NotEntailed(f"sentence {entry['sentence']}: {verdict}"[:60])
        english[entry["sentence"]] = rendered if isinstance(rendered, str) else ""
    if set(english) != set(range(1, len(drafted) + 1)):
        raise ModelWrong("not every sentence was judged")
    return english
