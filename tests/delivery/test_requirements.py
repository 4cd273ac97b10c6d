"""Each process has its own pinned set, which is enough for it and holds nothing to test with."""

import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from scripts.setup import find_python, find_uv
from switchboard.cli.processes import some_free_port
from switchboard.embedding.prepared import WHEEL_FILE, _wheel_file
from switchboard.project import PROJECT as ROOT
from tests.delivery.delivered import PORTS

if sys.version_info < (3, 11):
    import tomli as tomllib
else:
    import tomllib

PYTHONS = {"rasa": "3.10", "actions": "3.10", "desk": "3.12"}
EVERY = pytest.mark.parametrize("process", PORTS)
KEPT_IN_SERVER = {"spacy", "matplotlib", "pillow"}
"""For development we name them, and Rasa needs them itself."""


def pins(process):
    text = (ROOT / f"requirements-{process}.txt").read_text()
    return dict(re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", text, re.MULTILINE))


def named(text):
    return Requirement(text.split(";")[0]).name.lower().replace("_", "-")


def dev_tools():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    return {named(one) for extra in ("test", "dev") for one in extras[extra]} - {"switchboard"}


@EVERY
def test_no_tool_of_development_stands_in_it(process):
    tools = dev_tools()
    assert {"pytest", "ruff", "mypy", "playwright", "hypothesis"} <= tools
    assert set(pins(process)) & (tools - KEPT_IN_SERVER) == set()


@EVERY
def test_every_file_is_checked_and_none_has_an_address(process):
    text = (ROOT / f"requirements-{process}.txt").read_text()
    assert "://" not in text
    assert len(pins(process)) > 60
    blocks = re.split(r"\n(?=[A-Za-z0-9])", text.strip())
    assert all("--hash=sha256:" in block for block in blocks)


@pytest.mark.parametrize(("process", "tested"), [("rasa", ""), ("actions", ""), ("desk", "-core")])
def test_its_versions_are_those_that_the_tests_ran_on(process, tested):
    everything = dict(
        re.findall(
            r"^([A-Za-z0-9._-]+)==(\S+)",
            (ROOT / f"requirements{tested}.txt").read_text(),
            re.MULTILINE,
        )
    )
    assert pins(process).items() <= everything.items()


def test_only_rasa_process_has_rasa():
    assert "rasa" in pins("rasa")
    assert "tensorflow" in pins("rasa")
    assert {"rasa", "tensorflow"} & (set(pins("actions")) | set(pins("desk"))) == set()


COMMANDS_OF_RASA = "cli.chat cli.logged certainty_training"
IMPORTED_LATER = {
    "rasa": "",
    "actions": f"{COMMANDS_OF_RASA} second_factor sign_ins openid_provider",
    "desk": f"{COMMANDS_OF_RASA} openid_provider",
}
"""By commands that run in Rasa's environment alone, by the desk, and by it where configured."""
IMPORT_ALL = """
import importlib, pkgutil, sys
LEFT_OUT = ("__main__", "warm_up", *sys.argv.pop(1).split())
for package in sys.argv[1:]:
    module = importlib.import_module(package)
    for found in pkgutil.walk_packages(getattr(module, "__path__", []), package + "."):
        if not found.name.endswith(LEFT_OUT) and ".migrations." not in found.name:
            importlib.import_module(found.name)
print("imported")
"""
NOUNS = (
    "answering backup conversations database embedding files knowledge llm mailroom orders overview "
    "privacy shop staff text tickets cli"
)
PACKAGES = {
    "rasa": [
        "rasa.cli.run",
        *(f"switchboard.{n}" for n in f"nlu dialogue channels {NOUNS}".split()),
    ],
    "actions": ["rasa_sdk.endpoint", "actions", *(f"switchboard.{n}" for n in NOUNS.split()[:-1])],
    "desk": ["switchboard.desk", *(f"switchboard.{n}" for n in NOUNS.split())],
}


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """Makes an environment of a process's set alone, from uv's cache as far as it goes."""
    scratch = tempfile.TemporaryDirectory()
    uv = find_uv(scratch.name)

    def make(process):
        version = PYTHONS[process]
        python = find_python(version)
        if uv is None or python is None:
            pytest.skip(f"needs uv and Python {version}")
        folder = tmp_path_factory.mktemp(process) / "venv"
        subprocess.run([uv, "venv", "-q", "--python", python, folder], check=True)
        sync = [uv, "pip", "sync", "-q", "--require-hashes", "--python", folder / "bin" / "python"]
        pinned = ROOT / f"requirements-{process}.txt"
        if subprocess.run([*sync, "--offline", pinned], capture_output=True).returncode:
            done = subprocess.run([*sync, pinned], capture_output=True, text=True)
            if done.returncode:
                assert "hash" not in done.stderr.lower(), done.stderr
                pytest.skip("the packages cannot be had here")
        # The very file of this environment, whose prepared form is there: making it takes minutes.
        for model in folder.rglob(WHEEL_FILE):
            model.unlink()
            model.symlink_to(_wheel_file("", folder).resolve())
        return folder / "bin" / "python"

    yield make
    scratch.cleanup()


SHOP = ("config.yml", "credentials.yml", "domain.yml", "endpoints.yml", "data", "actions")


def around(tmp_path):
    """The settings of a process in `tmp_path`, which becomes a shop's folder."""
    for name in SHOP:
        if not (tmp_path / name).exists():
            (tmp_path / name).symlink_to(ROOT / name)
    if not (tmp_path / "var").exists():
        (tmp_path / "var").mkdir()
        (tmp_path / "var" / "embedding").symlink_to(ROOT / "var" / "embedding")
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "SANIC_HOST": "127.0.0.1",
        "RASA_TELEMETRY_ENABLED": "false",
        "SWITCHBOARD_DATABASE_URL": f"sqlite:///{tmp_path / 'switchboard.db'}",
        "SWITCHBOARD_ORDERS_URL": f"sqlite:///{tmp_path / 'shop.db'}",
        "SWITCHBOARD_FILES_DIR": str(tmp_path / "files"),
    }


@pytest.mark.long
@EVERY
def test_a_process_needs_no_more_than_its_set(process, environment, tmp_path):
    python = environment(process)
    done = subprocess.run(
        [python, "-c", IMPORT_ALL, IMPORTED_LATER[process], *PACKAGES[process]],
        cwd=tmp_path,
        env=around(tmp_path),
        capture_output=True,
        text=True,
    )
    assert done.stdout.endswith("imported\n"), done.stderr[-2000:]
    if process != "rasa":  # which needs a model
        assert answers(python, process, tmp_path)


def answers(python: Path, process, tmp_path):
    """Whether the process serves in that environment."""
    port = str(some_free_port())
    command = {
        "actions": ["-m", "rasa_sdk", "--actions", "actions", "--port", port],
        "desk": ["-m", "switchboard.cli.app", "desk", "serve", "--port", port],
    }[process]
    server = subprocess.Popen(
        [python, *command], cwd=tmp_path, env=around(tmp_path), stdout=-3, stderr=-3
    )
    try:
        for _ in range(720):
            assert server.poll() is None, "it ended"
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2) as said:
                    return said.status == 200
            except OSError:
                time.sleep(0.25)
        return False
    finally:
        server.terminate()
        server.wait()
