"""Writes a collection for labelling and for training intents."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path

from switchboard.collecting.bad_labels import MOST, Suspect, find_bad_labels
from switchboard.collecting.collector import read_samples
from switchboard.collecting.label_studio import labelling_page, write_tasks
from switchboard.collecting.nlu_file import LabelledText, write_examples
from switchboard.collecting.sample import Sample
from switchboard.collecting.whole_file import whole_file
from switchboard.collecting.work_file import WorkFile

NLU, TASKS, PAGE = "nlu.yml", "label-studio.json", "label-studio.xml"
AUTHOR = "collected"
ROOM = 20_000
"""Messages that are judged in any case, beside the shop's examples."""
Doubts = dict[int, Suspect]
Tell = Callable[[str], None]


def labelled(work: WorkFile, intents: Collection[str]) -> Iterator[tuple[int, Sample]]:
    """The samples that an intent's example may be made of: typed, each once, of a known intent."""
    for number, _, sample in read_samples(work):
        if sample.typed and sample.intent in intents:
            yield number, sample


def doubts_of(
    work: WorkFile,
    intents: Collection[str],
    known: Iterable[LabelledText],
    tell: Tell = lambda _line: None,
) -> Doubts:
    """The samples whose intent is likely another, beside the shop's own examples: the assistant's
    reading is not a person's label, and nobody has looked at it.

    So many are judged as fit beside the examples.

    Raises:
        ConfigurationError: what judges them is not installed.
    """
    texts, labels = [], []
    for example in known:
        texts.append(example.text)
        labels.append(example.intent)
    texts, labels = texts[: MOST - ROOM], labels[: MOST - ROOM]
    numbers: list[int] = []
    for number, sample in labelled(work, intents):
        if len(texts) >= MOST:
            tell(f"labels: the first {len(numbers)} messages are judged, which is as many as fit")
            break
        numbers.append(number)
        texts.append(sample.text)
        labels.append(sample.intent)
    if not numbers:
        return {}
    first = len(texts) - len(numbers)
    found = find_bad_labels(texts, labels, tell)
    return {numbers[suspect.place - first]: suspect for suspect in found if suspect.place >= first}


def write_nlu(work: WorkFile, folder: Path, intents: Collection[str], doubts: Doubts) -> int:
    """Rasa's NLU YAML of the samples that nothing speaks against; how many."""
    with whole_file(folder / NLU) as file:
        return write_examples(
            file,
            (
                LabelledText(sample.intent, sample.language, sample.text, author=AUTHOR)
                for number, sample in labelled(work, intents)
                if number not in doubts
            ),
        )


def write_label_studio(
    work: WorkFile, folder: Path, intents: Collection[str], doubts: Doubts, version: str
) -> int:
    """Label Studio's tasks of what was typed, with its labelling page; how many tasks."""
    with whole_file(folder / PAGE) as file:
        file.write(labelling_page(sorted(intents)))
    with whole_file(folder / TASKS) as file:
        return write_tasks(
            file,
            (
                (number, sample, doubts[number].likely if number in doubts else "")
                for number, _, sample in read_samples(work)
                if sample.typed
            ),
            version,
        )
