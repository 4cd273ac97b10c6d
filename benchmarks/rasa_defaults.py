"""Rasa's default configuration on the same data, as a baseline."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import yaml

from benchmarks.nlu_data import read_nlu
from switchboard.cli.processes import BIN
from switchboard.cli.train import rasa_environment
from switchboard.project import PROJECT
from switchboard.shop.policy import load_policy
from switchboard.shop.replies import read_replies

# What `rasa init` trains with (rasa 3.6.21, engine/recipes/config_files/default_config.yml).
CONFIG = """\
recipe: default.v1
assistant_id: baseline
language: en
pipeline:
- name: WhitespaceTokenizer
- name: RegexFeaturizer
- name: LexicalSyntacticFeaturizer
- name: CountVectorsFeaturizer
- name: CountVectorsFeaturizer
  analyzer: char_wb
  min_ngram: 1
  max_ngram: 4
- name: DIETClassifier
  epochs: 100
  constrain_similarities: true
- name: EntitySynonymMapper
- name: ResponseSelector
  epochs: 100
  constrain_similarities: true
- name: FallbackClassifier
  threshold: 0.3
  ambiguity_threshold: 0.1
policies:
- name: MemoizationPolicy
- name: RulePolicy
- name: UnexpecTEDIntentPolicy
  max_history: 5
  epochs: 100
- name: TEDPolicy
  max_history: 5
  epochs: 100
  constrain_similarities: true
"""


EXAMPLES = 40
"""Of an intent and language, that the baseline is trained on, spread evenly over all of them: with
28,000 in all, DIET's hundred epochs take most of a day, and the cost of a turn is the same."""


def write_examples(file: Path, examples: Iterable[tuple[str, str, str]]) -> int:
    """Some of the examples (intent, language, text), as Rasa reads them; returns how many."""
    texts: dict[tuple[str, str], list[str]] = defaultdict(list)
    for intent, language, text in examples:
        texts[intent, language].append(text)
    blocks: dict[str, list[str]] = defaultdict(list)
    for (intent, _), all_of_it in texts.items():
        blocks[intent] += all_of_it[:: -(-len(all_of_it) // EXAMPLES)]
    nlu = [
        {"intent": intent, "examples": "".join(f"- {text}\n" for text in chosen)}
        for intent, chosen in sorted(blocks.items())
    ]
    content = yaml.safe_dump({"version": "3.1", "nlu": nlu}, allow_unicode=True)
    file.write_text(content, encoding="utf-8")
    return sum(map(len, blocks.values()))


def write_project(folder: Path, epochs: int) -> None:
    """The same domain, rules and stories, `EXAMPLES` of our examples, and every text as a plain
    response."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "data").mkdir(parents=True)
    write_examples(
        folder / "data" / "nlu.yml", ((e.intent, e.language, e.text) for e in read_nlu())
    )
    for part in ("rules", "stories"):
        shutil.copytree(PROJECT / "data" / part, folder / "data" / part)
    config = CONFIG.replace("epochs: 100", f"epochs: {epochs}")
    (folder / "config.yml").write_text(config)
    domain = yaml.safe_load((PROJECT / "domain.yml").read_text())
    responses = read_replies(PROJECT / "data" / "replies")
    for path in sorted((PROJECT / "data" / "responses").glob("*.yml")):
        responses.update(yaml.safe_load(path.read_text())["responses"])
    facts = load_policy(PROJECT / "data" / "policy.yml").facts()

    def fact(match: re.Match[str]) -> str:
        return facts.get(match[1], match[0])

    for variants in responses.values():
        for variant in variants:
            variant["text"] = re.sub(r"\{(\w+)\}", fact, variant["text"])
    domain["responses"] = responses
    (folder / "domain.yml").write_text(yaml.safe_dump(domain, allow_unicode=True))
    (folder / "credentials.yml").write_text("rest:\n")


def train(folder: Path, log: Path) -> Path:
    """Train in `folder`; returns the model."""
    command: list[str | Path] = [BIN / "rasa", "train", "--force", "--out", "models"]
    with log.open("wb") as output:
        subprocess.run(
            command,
            cwd=folder,
            env=rasa_environment(),
            stdout=output,
            stderr=subprocess.STDOUT,
            check=True,
        )
    return max((folder / "models").glob("*.tar.gz"), key=lambda p: p.stat().st_mtime)
