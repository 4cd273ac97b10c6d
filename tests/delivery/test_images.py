"""The images hold what their processes need, run as nobody, and say whether they are well."""

import json
import re
import shutil
from fnmatch import fnmatch

import pytest

from switchboard.cli.train import _CODE, _DATA, _FILES
from switchboard.project import PROJECT as ROOT
from tests.delivery.delivered import PORTS

DOCKERFILE = (ROOT / "Dockerfile").read_text()
PROCESSES = pytest.mark.parametrize("process", PORTS)


def instructions(text=DOCKERFILE):
    """(instruction, arguments), with lines that go on put together."""
    whole = re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ")
    return [tuple(line.split(None, 1)) for line in whole.splitlines() if line.strip()]


def stages():
    found, name = {}, ""
    for word, rest in instructions():
        if word == "FROM":
            name = rest.split(" AS ")[1]
            found[name] = [(word, rest.split(" AS ")[0])]
        elif name:
            found[name].append((word, rest))
    return found


def copied(stage):
    """What a stage takes from the repository."""
    given = [rest.split() for word, rest in stages()[stage] if word == "COPY"]
    return [source for parts in given if not parts[0].startswith("--from") for source in parts[:-1]]


def ignored(path):
    """Whether .dockerignore keeps a path of the repository out of images."""
    out = False
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        pattern = line.lstrip("!")
        if not line or line.startswith("#"):
            continue
        spread = pattern.removeprefix("**/")
        parts = path.split("/")
        beginnings = ["/".join(parts[: n + 1]) for n in range(len(parts))]
        if any(
            fnmatch(one, pattern) or (fnmatch(one.split("/")[-1], spread) and pattern != spread)
            for one in beginnings
        ):
            out = not line.startswith("!")
    return out


def test_what_is_copied_is_there_and_let_through():
    sources = [source for stage in stages() for source in copied(stage)]
    assert len(sources) > 15
    for source in sources:
        assert (ROOT / source).exists(), source
        assert not ignored(source), source


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        ".git/config",
        "var/switchboard.db",
        "tests/conftest.py",
        "x.db",
        "docs/desk.md",
        "data/drafts/en/mug.md",
        "switchboard/nlu/__pycache__/x.pyc",
        "backup.tar.gz",
    ],
)
def test_what_is_nobody_elses_business_stays_out(path):
    assert ignored(path)
    assert not ignored("switchboard/nlu/intent_classifier.py")
    assert not ignored("data/drafts/.gitkeep")


@PROCESSES
def test_it_is_made_from_its_own_set(process):
    made = [rest for word, rest in stages()[process] if word == "COPY" and "--from" in rest]
    assert f"--from=packages-{process} /opt/venv /opt/venv" in made
    assert f"requirements-{process}.txt" in copied(f"packages-{process}")
    install = " ".join(rest for word, rest in stages()[f"packages-{process}"] if word == "RUN")
    assert "--require-hashes" in install
    assert "--no-deps" in install


@PROCESSES
def test_it_runs_as_nobody_and_tells_its_health(process):
    found = stages()[process]
    words = [word for word, _ in found]
    assert ("USER", "10001:10001") in found
    assert words.index("USER") > max(n for n, word in enumerate(words) if word in ("RUN", "COPY"))
    (health,) = [rest for word, rest in found if word == "HEALTHCHECK"]
    assert f"127.0.0.1:{PORTS[process]}/health" in health
    assert ("EXPOSE", str(PORTS[process])) in found
    (command,) = [json.loads(rest) for word, rest in found if word == "CMD"]
    assert command[0] in ("rasa", "python", "switchboard")


@PROCESSES
def test_the_sentence_model_is_ready_in_it(process):
    runs = " ".join(rest for word, rest in stages()[process] if word == "RUN")
    assert "prepare(None, CACHE)" in runs
    packages = " ".join(rest for word, rest in stages()[f"packages-{process}"] if word == "RUN")
    # Else its time would be another after the image was pulled, and it be prepared anew.
    assert "e5-small-q4.bin -exec touch -d" in packages


def test_the_model_is_trained_from_all_that_it_is_made_of():
    held = copied("rasa")
    for name in (*_FILES, *_DATA):
        assert any(name == one or name.startswith(f"{one}/") for one in held), name
    assert "switchboard" in copied("packages-rasa")
    assert all((ROOT / "switchboard" / folder).is_dir() for folder in _CODE)


def test_bases_are_exact():
    arguments = dict(rest.split("=", 1) for word, rest in instructions() if word == "ARG")
    for base in arguments.values():
        assert re.fullmatch(r"[a-z]+:\d+\.\d+\.\d+-slim-bookworm|.+@sha256:[0-9a-f]{64}", base)
    known = {f"${{{name}}}" for name in arguments} | set(stages())
    assert {found[0][1] for found in stages().values()} <= known


def test_the_prepared_sentence_model_is_found_again(tmp_path):
    """As in an image: another process, the same file and time, and a folder that it cannot write."""
    from switchboard.embedding.prepared import _wheel_file, prepare

    ready = ROOT / "var" / "embedding"
    if not ready.exists():
        pytest.skip("the sentence model was not prepared here")
    first = prepare(None, ready)
    copy = tmp_path / "embedding"
    (copy / first.name).mkdir(parents=True)
    assert prepare(None, copy) == copy / first.name
    assert _wheel_file("", tmp_path).name in DOCKERFILE
    shutil.rmtree(copy)
