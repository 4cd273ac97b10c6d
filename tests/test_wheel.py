"""The package builds, holds everything that it needs, and runs where only a shop's files lie."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile

import pytest

from switchboard.project import PROJECT as ROOT

SHOP = ("config.yml", "credentials.yml", "domain.yml", "endpoints.yml", "data", "actions")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    files = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True).stdout
    for name in files.splitlines():
        if name.startswith("switchboard/") or name in ("pyproject.toml", "README.md", "LICENSE"):
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    build = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation"]
    subprocess.run([*build, "-w", folder, source], check=True)
    (built,) = folder.glob("switchboard-*.whl")
    return built


@pytest.mark.long
def test_every_file_of_the_package_is_in_the_wheel(wheel):
    listed = subprocess.run(
        ["git", "ls-files", "switchboard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    missing = set(listed.stdout.splitlines()) - set(zipfile.ZipFile(wheel).namelist())
    assert missing == set()


@pytest.mark.long
def test_it_runs_in_a_folder_with_nothing_but_a_shop(wheel, tmp_path):
    installed, shop = tmp_path / "installed", tmp_path / "shop"
    install = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index"]
    subprocess.run([*install, "--target", installed, wheel], check=True)
    shop.mkdir()
    for name in SHOP:
        (shop / name).symlink_to(ROOT / name)
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": str(installed)}

    def run(*arguments):
        command = [sys.executable, "-m", "switchboard.cli.app", *arguments]
        done = subprocess.run(command, cwd=shop, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    script = "import switchboard; print(switchboard.__file__)"
    where = subprocess.run(
        [sys.executable, "-c", script], cwd=shop, env=environment, capture_output=True, text=True
    )
    assert where.stdout.startswith(str(installed))
    assert "The demo shop is new." in run("seed")
    assert (shop / "var" / "shop.db").exists()
    assert "No tickets." in run("desk")
    assert "care-stoneware" in run("explain", "can the mugs go in the dishwasher")
