"""Environments of their own: what they are made by, what is left when that fails, what they get."""

import re

import pytest

from switchboard.errors import ConfigurationError
from switchboard.federated.flower_environment import FLOWER
from switchboard.fine_tuning.environment import TRAINING
from switchboard.pinned_environment import PinnedEnvironment


@pytest.fixture
def environment(tmp_path):
    pins = tmp_path / "pins.txt"
    pins.write_text("a==1\n")
    return PinnedEnvironment(tmp_path / "made", pins, "things are done", {"OFFLINE": "1"})


@pytest.fixture
def uv(tmp_path, monkeypatch):
    """A uv that does what a shell script says."""
    fake = tmp_path / "bin" / "uv"
    fake.parent.mkdir()
    monkeypatch.setenv("PATH", f"{fake.parent}:/usr/bin:/bin")

    def write(script):
        fake.write_text(f"#!/bin/sh\n{script}\n")
        fake.chmod(0o755)

    return write


@pytest.mark.parametrize(
    ("known", "wanted"),
    [(TRAINING, {"torch", "transformers", "trl"}), (FLOWER, {"flwr", "diffprivlib"})],
)
def test_all_is_pinned_and_no_index_named(known, wanted):
    lines = [line for line in known.pins.read_text().splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in lines)
    assert wanted <= {line.partition("==")[0] for line in lines}


def test_without_uv_it_says_so(environment, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigurationError, match="uv"):
        environment.make()


def test_what_cannot_be_made_leaves_nothing(environment, uv, tmp_path):
    """A uv that makes an environment, and then finds no package."""
    uv('[ "$1" = venv ] && mkdir "$5" && exit 0\necho "no torch" >&2; exit 1')
    with pytest.raises(ConfigurationError, match="uv: no torch"):
        environment.make()
    assert not environment.folder.exists()
    assert not environment.is_made()
    with pytest.raises(ConfigurationError, match=r"things are done in .* --install"):
        environment.run(tmp_path / "script.py", [], {})


def test_its_programs_get_no_secret_and_no_other_pins_are_taken(environment, uv, tmp_path):
    """A uv whose interpreter writes down what it was given."""
    told = tmp_path / "told"
    uv(
        f"""if [ "$1" = venv ]; then mkdir -p "$5/bin"
        printf '#!/bin/sh\\nenv > {told}; echo "$@" >> {told}' > "$5/bin/python"
        chmod +x "$5/bin/python"; fi"""
    )
    environment.make()
    assert environment.is_made()
    ours = {"PATH": "/usr/bin:/bin", "HOME": "/nowhere", "OPENAI_API_KEY": "sk-secret"}
    assert environment.run(tmp_path / "script.py", ["--x"], ours) == 0
    text = told.read_text()
    assert "OFFLINE=1" in text
    assert "HOME=/nowhere" in text
    assert "-I " in text
    assert "secret" not in text
    environment.pins.write_text("a==2\n")
    assert not environment.is_made()


def test_the_settings_of_both_keep_libraries_quiet():
    assert TRAINING.told["HF_HUB_OFFLINE"] == "1"
    assert FLOWER.told["FLWR_TELEMETRY_ENABLED"] == "0"
