"""Make `.venv` from `requirements.txt`, with any Python 3 to run this file and 3.10 to fill it.

Python 3.10 is taken from the path or from pyenv, else brought by uv. A stamp in the environment
says what it was made from, so a second run does nothing; a run that fails leaves nothing behind.
Only the standard library is used, and syntax that every Python since 3.7 reads.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / ".switchboard"
REQUIREMENTS = ROOT / "requirements.txt"
NEEDED_BYTES = 4 * 1024**3
UV = ROOT / "scripts" / "uv.txt"
"""The one version of uv that is fetched where none is installed, with its checksums."""
VERSION = "3.10"


class SetupFailure(Exception):
    """Something that the user has to know, in one line."""


def run(command: list[str | Path]) -> tuple[bool, str]:
    """Run quietly; the output is shown only when it fails."""
    done = subprocess.run(
        [str(part) for part in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.returncode == 0, done.stdout


def is_python(candidate: str, version: str = VERSION) -> bool:
    """Whether a command runs and is that Python (a pyenv shim may exist and not run)."""
    code = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"
    try:
        good, output = run([candidate, "-c", code])
    except OSError:
        return False
    return good and output.strip() == version


def path_without(environment: Path) -> str:
    """The path, without the programs of an environment."""
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(f for f in folders if Path(f) != environment / "bin")


def find_python(version: str = VERSION) -> str | None:
    """A Python of that version from the path or pyenv, or None. Not the environment's own, which is
    first on the path where it is activated: it goes when the environment is made anew."""
    candidates = ["python" + version, "python3", "python", os.path.realpath(sys.executable)]
    pyenv = Path(os.environ.get("PYENV_ROOT", str(Path.home() / ".pyenv"))) / "versions"
    if pyenv.is_dir():
        candidates += [str(p / "bin" / "python") for p in sorted(pyenv.glob(version + ".*"))]
    for candidate in candidates:
        path = shutil.which(candidate, path=path_without(VENV))
        if path and is_python(path, version):
            return path
    return None


def find_uv(scratch: str) -> str | None:
    """The uv on the path, else the pinned one, checked, in a scratch folder; None if neither."""
    found = shutil.which("uv")
    # A pyenv shim may stand for a uv that only another Python has.
    if found and run([found, "--version"])[0]:
        return found
    command: list[str | Path] = [sys.executable, "-m", "pip", "install", "-q", "--target", scratch]
    checked: list[str | Path] = ["--no-deps", "--only-binary", ":all:", "--require-hashes"]
    good, _ = run([*command, *checked, "-r", UV])
    binary = Path(scratch) / "bin" / "uv"
    return str(binary) if good and binary.exists() else None


def make_environment(python: str | None, uv: str | None) -> None:
    """Create `.venv` without packages."""
    if python:
        good, output = run([python, "-m", "venv", VENV])
    else:
        good, output = run([uv or "uv", "venv", "--quiet", "--seed", "--python", "3.10", VENV])
    if not good:
        raise SetupFailure("the environment could not be made: " + last_line(output))


def install(uv: str | None) -> None:
    """Install the pinned set, every file checked by its hash."""
    python = VENV / "bin" / "python"
    good = False
    if uv:
        sync: list[str | Path] = [uv, "pip", "sync", "--quiet", "--python", python]
        good, output = run([*sync, "--require-hashes", REQUIREMENTS])
    if not good:
        command: list[str | Path] = [python, "-m", "pip", "install", "-q", "--no-deps"]
        good, output = run([*command, "--require-hashes", "-r", REQUIREMENTS])
    if good and (ROOT / "pyproject.toml").exists():
        good, output = install_project(python)
    if not good:
        raise SetupFailure("the packages could not be installed: " + last_line(output))


def install_project(python: Path) -> tuple[bool, str]:
    """The package itself, as it stands here: `switchboard` on the path, code read from this folder.

    Built with the pinned setuptools of the environment, so nothing more is fetched.
    """
    command: list[str | Path] = [python, "-m", "pip", "install", "-q", "--no-deps"]
    return run([*command, "--no-build-isolation", "--no-index", "--editable", ROOT])


def last_line(output: str) -> str:
    """The last line that says something."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return lines[-1] if lines else "no output"


def stamp_of(requirements: Path) -> str:
    """What an environment has to be made from: its pins, the package's own file, this place."""
    project = ROOT / "pyproject.toml"
    content = requirements.read_bytes() + (project.read_bytes() if project.exists() else b"")
    return hashlib.sha256(content).hexdigest() + " " + str(ROOT)


def made_from(stamp: Path, requirements: Path) -> bool:
    """Whether an environment is there and made from the present pins, at this very place."""
    try:
        return stamp.read_text() == stamp_of(requirements)
    except OSError:
        return False


def ready() -> bool:
    """Whether `.venv` is there and up to date."""
    return made_from(STAMP, REQUIREMENTS)


def set_up() -> None:
    """Make the environment if it is missing or outdated."""
    if ready():
        return
    free = shutil.disk_usage(str(ROOT)).free
    if free < NEEDED_BYTES:
        raise SetupFailure(
            f"not enough space: {free / 1e9:.1f} GB free, {NEEDED_BYTES / 1e9:.0f} GB needed"
        )
    print("Setting up .venv (once; about a minute, more on a slow line) ...", flush=True)
    scratch = tempfile.mkdtemp()
    try:
        python, uv = find_python(), find_uv(scratch)
        if not python and not uv:
            raise SetupFailure(
                "no Python 3.10: none on the path, none in pyenv, and uv is not to be had"
            )
        shutil.rmtree(str(VENV), ignore_errors=True)
        make_environment(python, uv)
        install(uv)
        STAMP.write_text(stamp_of(REQUIREMENTS))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        if not ready():
            shutil.rmtree(str(VENV), ignore_errors=True)


def main() -> int:
    """Set up; on failure one line and exit code 1."""
    try:
        set_up()
    except SetupFailure as failure:
        print("switchboard: " + str(failure), file=sys.stderr)
        return 1
    except OSError as error:
        print(f"switchboard: {error.strerror}: {error.filename}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("switchboard: interrupted", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
