"""Rasa's default configuration on the same data, as a baseline."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import yaml

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


def write_project(folder: Path, epochs: int) -> None:
    """The same domain, examples, rules and stories, with every text as a plain response."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "data").mkdir(parents=True)
    for part in ("nlu", "rules", "stories"):
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
