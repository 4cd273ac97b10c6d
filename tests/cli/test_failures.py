"""What cannot run is told in one line with exit code 2, and never by a traceback."""

import socket

import pytest

from switchboard.cli.app import run
from switchboard.cli.processes import ACTIONS_PORT, DESK_PORT, RASA_PORT


def refused(capsys, *arguments):
    """The one line that a command says."""
    assert run(list(arguments)) == 2
    printed = capsys.readouterr()
    assert "Traceback" not in printed.err + printed.out
    (line,) = printed.err.splitlines()
    assert line.startswith("switchboard: ")
    return line


USING_THE_DATABASE = (
    ("desk", "list"),
    ("desk", "counts"),
    ("desk", "show", "T-ABCDEF"),
    ("privacy", "export", "telegram:5"),
    ("privacy", "erase", "telegram:5"),
    ("privacy", "retention"),
    ("knowledge", "costs"),
    ("knowledge", "gaps"),
    ("knowledge", "propose"),
)
USING_SETTINGS = (
    *USING_THE_DATABASE,
    ("shell",),
    ("serve",),
    ("seed",),
    ("telegram",),
    ("facebook",),
    ("wechat",),
    ("wecom",),
)


@pytest.mark.parametrize("command", USING_SETTINGS, ids=" ".join)
def test_a_wrong_setting_is_named(command, monkeypatch, capsys):
    monkeypatch.setenv("SWITCHBOARD_ORDERS_TIMEOUT", "soon")
    assert "SWITCHBOARD_ORDERS_TIMEOUT" in refused(capsys, *command)


@pytest.mark.parametrize("command", USING_SETTINGS, ids=" ".join)
def test_an_unknown_setting_is_named_with_the_nearest(command, monkeypatch, capsys):
    monkeypatch.setenv("SWITCHBOARD_ORDER_URL", "sqlite:///x.db")
    assert "did you mean SWITCHBOARD_ORDERS_URL?" in refused(capsys, *command)


@pytest.mark.parametrize("command", USING_THE_DATABASE, ids=" ".join)
@pytest.mark.parametrize(
    "url",
    [
        "postgresql://switchboard:secret@127.0.0.1:1/none",
        "sqlite:////proc/nowhere/at/all.db",
        "no database at all",
        "mongodb://127.0.0.1/x",
    ],
)
def test_a_database_that_cannot_be_used(command, url, monkeypatch, capsys):
    monkeypatch.setenv("SWITCHBOARD_DATABASE_URL", url)
    assert "secret" not in refused(capsys, *command)


def test_a_file_that_is_no_database(tmp_path, monkeypatch, capsys):
    (tmp_path / "x.db").write_text("this is a letter to my aunt, and no database " * 40)
    monkeypatch.setenv("SWITCHBOARD_DATABASE_URL", f"sqlite:///{tmp_path / 'x.db'}")
    assert "database" in refused(capsys, "desk", "list")


@pytest.mark.parametrize(
    ("command", "port"),
    [("shell", RASA_PORT), ("shell", ACTIONS_PORT), ("serve", DESK_PORT)],
)
@pytest.mark.xdist_group("live")  # which has the fixed ports
def test_a_port_in_use_is_named(command, port, capsys):
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", port))
        holder.listen()
        assert f"port {port} is in use" in refused(capsys, command)


@pytest.mark.parametrize(
    "command",
    [
        ("knowledge", "import", "/no/such/folder"),
        ("knowledge", "import-csv", "/no/such/table.csv"),
        ("knowledge", "accept", "../../policy"),
        ("knowledge", "accept", "en/no-such-draft"),
        ("telegram", "nonsense"),
        ("desk", "serve", "--port", "many"),
        ("no-such-command",),
        ("explain",),
    ],
    ids=" ".join,
)
def test_what_is_not_there_is_told(command, capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("SWITCHBOARD_DATABASE_URL", f"sqlite:///{tmp_path}/s.db")
    refused(capsys, *command)


@pytest.mark.parametrize("command", [("seed",), ("desk", "counts"), ("explain", "can I wash it")])
def test_a_data_folder_that_is_none(command, capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("SWITCHBOARD_DATABASE_URL", f"sqlite:///{tmp_path}/s.db")
    monkeypatch.setenv("SWITCHBOARD_ORDERS_URL", f"sqlite:///{tmp_path}/shop.db")
    monkeypatch.setenv("SWITCHBOARD_DATA_DIR", str(tmp_path / "nowhere"))
    if command == ("desk", "counts"):
        assert run(list(command)) == 0  # needs no data
    else:
        assert "nowhere" in refused(capsys, *command)


def test_every_command_tells_how_it_is_used(capsys):
    assert run(["--help"]) == 0
    listed = capsys.readouterr().out
    for name in "shell serve train seed explain knowledge desk privacy telegram facebook wechat wecom".split():
        assert f"\n  {name} " in listed
        assert run([name, "--help"]) == 0
