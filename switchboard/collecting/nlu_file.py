"""Examples in Rasa's NLU format, written as they come and read back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, NamedTuple

import yaml

from switchboard.errors import ConfigurationError

HEAD = 'version: "3.1"\nnlu:\n'
_MARKUP = re.compile(r"\](?=[({\[])")


class LabelledText(NamedTuple):
    """One example; `mood` as `data/nlu` calls it, empty without a label."""

    intent: str
    language: str
    text: str
    mood: str = ""
    author: str = ""


def write_examples(file: IO[str], examples: Iterable[LabelledText]) -> int:
    """Write examples that come sorted by intent and language; how many."""
    file.write(HEAD)
    number, block = 0, None
    for example in examples:
        number += 1
        if (example.intent, example.language) != block:
            block = example.intent, example.language
            file.write(f"- intent: {json.dumps(example.intent)}\n")
            file.write(f"  metadata: {{language: {json.dumps(example.language)}}}\n  examples:\n")
        file.write(f"  - text: {_quoted(example.text)}\n")
        # An example's own metadata stands in place of the block's.
        names = ("language", "mood", "author")
        labels = {name: getattr(example, name) for name in names if getattr(example, name)}
        file.write(f"    metadata: {json.dumps(labels, ensure_ascii=False)}\n")
    if number == 0:
        file.write("  []\n")
    return number


def _quoted(text: str) -> str:
    """A text as a scalar of YAML: in one line, and none of it an entity's markup, which customers
    could write as well."""
    line = " ".join(_MARKUP.sub("] ", text).split())
    return json.dumps("".join(char for char in line if char.isprintable()), ensure_ascii=False)


def read_examples(folder: Path) -> Iterator[tuple[Path, LabelledText]]:
    """The examples of all files of a folder, or of one file.

    Raises:
        ConfigurationError: a file cannot be read.
    """
    for path in [folder] if folder.is_file() else sorted(folder.glob("*.yml")):
        try:
            blocks = yaml.load(path.read_bytes(), _Loader)["nlu"]  # noqa: S506
            examples = [example for block in blocks for example in _of_block(block)]
        except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
            raise ConfigurationError(f"cannot read {path}: {type(error).__name__}") from error
        yield from ((path, example) for example in examples)


_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _of_block(block: dict[str, object]) -> Iterator[LabelledText]:
    intent, metadata, examples = (block.get(k) for k in ("intent", "metadata", "examples"))
    if not isinstance(intent, str):
        return
    common = metadata if isinstance(metadata, dict) else {}
    if isinstance(examples, str):
        listed = [(line.strip()[2:], common) for line in examples.splitlines() if line.strip()]
    else:
        rows = examples if isinstance(examples, list) else []
        listed = [(row["text"].strip(), row.get("metadata") or {}) for row in rows]
    for text, own in listed:
        language = str(own.get("language") or common.get("language") or "en")
        mood, author = str(own.get("mood") or ""), str(own.get("author") or "")
        yield LabelledText(intent, language, text, mood, author)
