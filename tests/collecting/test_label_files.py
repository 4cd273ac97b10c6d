"""Files for Rasa and Label Studio: whole, harmless whatever customers wrote, and read back."""

import io
import json
import xml.etree.ElementTree as ElementTree

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from switchboard.collecting.hiding import Hider
from switchboard.collecting.label_import import LabelledTask, read_tasks
from switchboard.collecting.label_merge import merge_labels
from switchboard.collecting.label_studio import MOODS, labelling_page, task_of, write_tasks
from switchboard.collecting.nlu_file import LabelledText, read_examples, write_examples
from switchboard.collecting.sample import Sample, SpokenLine
from switchboard.collecting.whole_file import whole_file
from switchboard.errors import ConfigurationError
from switchboard.text.order_numbers import OrderNumbers

SAMPLE = Sample(
    talk=1,
    place=2,
    month="2025-11",
    channel="web",
    text="where is [number]?",
    language="en",
    typed=True,
    intent="track_order",
    confidence=0.7,
    level="troubled",
    before=(SpokenLine("user", "hi"), SpokenLine("assistant", "Hello")),
)


def written(examples):
    file = io.StringIO()
    write_examples(file, examples)
    return file.getvalue()


def test_rasa_reads_the_examples():
    reader = pytest.importorskip("rasa.shared.nlu.training_data.formats.rasa_yaml")
    text = written(
        [
            LabelledText("track_order", "en", "where is [number]?", author="collected"),
            LabelledText("track_order", "zh", "[number]到哪了", "calm"),
            LabelledText("track_refund", "en", 'a "quote": [x](order_number) {"entity": "y"}'),
        ]
    )
    found = reader.RasaYAMLReader().reads(text).training_examples
    assert [m.get("intent") for m in found] == ["track_order", "track_order", "track_refund"]
    assert [m.get("text") for m in found][:2] == ["where is [number]?", "[number]到哪了"]
    assert [m.get("entities") for m in found] == [None, None, None], "no markup of a customer's"


@given(st.lists(st.text(min_size=1, max_size=80), max_size=5))
def test_any_text_is_one_example(texts):
    read = yaml.safe_load(written([LabelledText("greet", "en", text) for text in texts]))
    listed = [e["text"] for block in read["nlu"] for e in block["examples"]]
    assert len(listed) == len(texts)
    assert all("\n" not in text for text in listed)


def test_examples_are_read_back(tmp_path):
    examples = [LabelledText("greet", "en", "hi", "calm", "labelled")]
    (tmp_path / "a.yml").write_text(written(examples), encoding="utf-8")
    assert [e for _, e in read_examples(tmp_path)] == examples


def test_a_task_is_as_label_studio_s_documentation_has_it():
    task = task_of(7, SAMPLE, "track_refund", "switchboard")
    assert task["data"] == {
        "text": "where is [number]?",
        "before": "user: hi\nassistant: Hello",
        "language": "en",
        "doubt": "track_refund",
        "sample": 7,
    }
    (prediction,) = task["predictions"]
    assert prediction["score"] == 0.0
    assert prediction["result"][0] == {
        "id": "intent",
        "from_name": "intent",
        "to_name": "text",
        "type": "choices",
        "value": {"choices": ["track_order"]},
    }
    assert prediction["result"][1]["value"] == {"choices": ["problem"]}


def test_the_labelling_page_names_what_the_tasks_have():
    page = ElementTree.fromstring(labelling_page(["greet", 'a"<b']))
    asked = {choices.get("name"): choices for choices in page.iter("Choices")}
    assert {choices.get("toName") for choices in asked.values()} == {"text"}
    assert [c.get("value") for c in asked["intent"]] == ['a"<b', "greet"]
    assert tuple(c.get("value") for c in asked["mood"]) == MOODS
    fields = {text.get("value") for text in page.iter("Text")}
    assert fields <= {f"${name}" for name in task_of(1, SAMPLE, "", "v")["data"]}


def test_what_label_studio_gives_back_for_our_tasks_is_read(tmp_path):
    """Each task annotated as it was predicted, which its "Submit" does."""
    file = io.StringIO()
    write_tasks(file, [(1, SAMPLE, ""), (2, SAMPLE, "")], "v")
    tasks = json.loads(file.getvalue())
    for task in tasks:
        task["annotations"] = [{"result": task["predictions"][0]["result"]}]
    path = tmp_path / "export.json"
    path.write_text(json.dumps(tasks))
    assert (
        list(read_tasks(path)) == [LabelledTask("where is [number]?", "track_order", "problem")] * 2
    )


def choice(name, *values):
    return {
        "from_name": name,
        "to_name": "text",
        "type": "choices",
        "value": {"choices": list(values)},
    }


def annotated(*intents, **more):
    annotations = [{"result": [choice("intent", i)], **more} for i in intents]
    return {"id": 1, "data": {"text": "hello"}, "annotations": annotations}


@pytest.mark.parametrize(
    ("task", "intent", "disputed"),
    [
        (annotated("greet"), "greet", False),
        (annotated("greet", "greet", "thank"), "greet", False),
        (annotated("greet", "thank"), "greet", True),
        (annotated("greet", was_cancelled=True), None, False),
        (annotated(), None, False),
        (
            {"data": {"text": "hello"}, "annotations": [{"result": [choice("intent", "a", "b")]}]},
            None,
            False,
        ),
        ({"text": "hello", "intent": "greet", "id": 3, "annotator": 1}, "greet", False),
        ({"text": "hello", "intent": {"choices": ["greet"]}}, "greet", False),
        ({"data": None, "annotations": []}, None, False),
    ],
)
def test_what_people_said(tmp_path, task, intent, disputed):
    path = tmp_path / "export.json"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps([task]).encode())
    found = list(read_tasks(path))
    assert [(t.intent, t.disputed) for t in found] == ([(intent, disputed)] if intent else [])


def test_what_is_marked_as_the_truth_stands_alone(tmp_path):
    task = annotated("greet", "greet")
    task["annotations"].append({"result": [choice("intent", "thank")], "ground_truth": True})
    (tmp_path / "e.json").write_text(json.dumps([task]))
    assert next(read_tasks(tmp_path / "e.json")).intent == "thank"


def test_a_table_is_read(tmp_path):
    path = tmp_path / "export.csv"
    path.write_text("annotator,intent,mood,text\n1,greet,calm,hello\n1,,,unlabelled\n")
    assert list(read_tasks(path)) == [LabelledTask("hello", "greet", "calm")]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("cut.json", json.dumps([annotated("greet")] * 3)[:-30].encode()),
        ("empty.json", b""),
        ("object.json", b'{"a": 1}'),
        ("words.json", b'["a"]'),
        ("latin.json", b'[{"text": "caf\xe9", "intent": "greet"}]'),
        ("columns.csv", b"a,b\n1,2\n"),
        ("quote.csv", b'text,intent\n"hello,greet\n'),
        ("latin.csv", b"text,intent\ncaf\xe9,greet\n"),
    ],
)
def test_a_damaged_export_changes_nothing(tmp_path, name, content):
    path, target = tmp_path / name, tmp_path / "labels.yml"
    path.write_bytes(content)
    target.write_text(written([LabelledText("greet", "en", "hi there")]))
    before = target.read_bytes()
    with pytest.raises(ConfigurationError):
        merge_labels(read_tasks(path), target, tmp_path, {"greet"}, Hider(OrderNumbers()))
    assert target.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted({name, "labels.yml"})


def merge(tmp_path, *tasks):
    known = tmp_path / "nlu"
    known.mkdir(exist_ok=True)
    (known / "a.yml").write_text(written([LabelledText("greet", "en", "Good morning")]))
    hider = Hider(OrderNumbers())
    return merge_labels(tasks, tmp_path / "labels.yml", known, {"greet", "thank"}, hider)


def test_labels_become_examples_and_what_cannot_is_told(tmp_path):
    merged = merge(
        tmp_path,
        LabelledTask("hello, I am Maya Quinn", "greet", "calm"),
        LabelledTask("thank you", "thank", "no mood of ours"),
        LabelledTask("good morning!", "greet"),
        LabelledTask("good morning", "thank"),
        LabelledTask("bye", "leave_taking"),
        LabelledTask("hm", "greet", disputed=True),
        LabelledTask("…", "greet"),
    )
    assert merged.left_out == {
        "known already": 1,
        "taught otherwise": 1,
        "no such intent": 1,
        "disputed": 1,
        "no words": 1,
    }
    examples = [e for _, e in read_examples(tmp_path / "labels.yml")]
    assert [(e.intent, e.mood) for e in examples] == [("greet", "calm"), ("thank", "")]
    assert "Maya" not in examples[0].text


def test_labels_twice_are_the_same_file_and_the_later_one_counts(tmp_path):
    merge(tmp_path, LabelledTask("hello", "thank"), LabelledTask("cheers", "thank"))
    again = merge(tmp_path, LabelledTask("hello", "greet"), LabelledTask("cheers", "thank"))
    assert (again.new, again.written) == (0, 2)
    assert {e.text: e.intent for _, e in read_examples(tmp_path / "labels.yml")} == {
        "hello": "greet",
        "cheers": "thank",
    }


def test_what_fails_half_way_leaves_the_older_file(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(TypeError), whole_file(path) as file:
        file.write("new") and file.write(None)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
    with whole_file(path) as file:
        file.write("new")
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o077 == 0
