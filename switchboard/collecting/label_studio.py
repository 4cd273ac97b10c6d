"""Label Studio's JSON format: tasks with what the assistant made of them, and the labelling page.

As its documentation has it ("Label Studio JSON format", "Import pre-annotated data"): a task is
`data` with `predictions`, each a `result` of `from_name`, `to_name`, `type` and `value`; what comes
back has `annotations` of the same shape. https://labelstud.io/guide/task_format
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import IO, Any
from xml.sax.saxutils import quoteattr

from switchboard.collecting.sample import Sample

INTENT, MOOD, TEXT = "intent", "mood", "text"
MOODS = ("angry", "displeased", "problem", "calm", "positive")
"""As `data/nlu` labels them."""
OF_LEVEL = {"troubled": "problem", "glad": "positive"}
"""Where a level is called otherwise than the label."""


def write_tasks(file: IO[str], samples: Iterable[tuple[int, Sample, str]], version: str) -> int:
    """Write tasks as one JSON list: (number, sample, what its label likely should be, or nothing);
    how many."""
    file.write("[")
    number = 0
    for number, (sample_id, sample, doubt) in enumerate(samples, start=1):
        file.write("\n" if number == 1 else ",\n")
        file.write(json.dumps(task_of(sample_id, sample, doubt, version), ensure_ascii=False))
    file.write("\n]\n")
    return number


def task_of(number: int, sample: Sample, doubt: str, version: str) -> dict[str, Any]:
    """One task. Its score is low where the label is in doubt, so that Label Studio can show those
    first."""
    before = "\n".join(f"{said.role}: {said.text}" for said in sample.before)
    mood = OF_LEVEL.get(sample.level, sample.level)
    return {
        "data": {
            TEXT: sample.text,
            "before": before,
            "language": sample.language,
            "doubt": doubt,
            "sample": number,
        },
        "predictions": [
            {
                "model_version": version,
                "score": 0.0 if doubt else sample.confidence,
                "result": [_choice(INTENT, sample.intent), _choice(MOOD, mood)],
            }
        ],
    }


def _choice(name: str, value: str) -> dict[str, Any]:
    return {
        "id": name,
        "from_name": name,
        "to_name": TEXT,
        "type": "choices",
        "value": {"choices": [value]},
    }


def labelling_page(intents: Sequence[str]) -> str:
    """The labelling configuration: the message, what was said before, an intent and a mood."""
    return f"""<View>
  <Text name="before" value="$before"/>
  <Header value="$text"/>
  <Text name="{TEXT}" value="$text"/>
  <Header value="In doubt, rather: $doubt"/>
  <Choices name="{INTENT}" toName="{TEXT}" choice="single" required="true">
{_choices(sorted(intents))}
  </Choices>
  <Choices name="{MOOD}" toName="{TEXT}" choice="single">
{_choices(MOODS)}
  </Choices>
</View>
"""


def _choices(values: Iterable[str]) -> str:
    return "\n".join(f"    <Choice value={quoteattr(value)}/>" for value in values)
