"""The systemd units start what docs/operations.md says, as nobody, and again after a failure."""

import shutil
import subprocess

import pytest

from switchboard.settings import load_settings
from tests.delivery.delivered import PORTS, UNITS, unit

SERVICES = [path for path in UNITS if path.suffix == ".service"]
EVERY = pytest.mark.parametrize("path", SERVICES, ids=lambda p: p.name)
PROCESSES = pytest.mark.parametrize("process", PORTS)
HARDENED = {
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "CapabilityBoundingSet": "",
    "User": "switchboard",
    "UMask": "0077",
    "EnvironmentFile": "/etc/switchboard/switchboard.env",
}


def named(name):
    (path,) = [path for path in UNITS if path.name == name]
    return unit(path)


def environment(lines):
    values = " ".join(value for key, value in lines if key == "Environment")
    return dict(pair.split("=", 1) for pair in values.split())


@EVERY
def test_a_service_can_do_little(path):
    found = dict(unit(path))
    assert {key: found.get(key) for key in HARDENED} == HARDENED
    assert found["WorkingDirectory"] == "/opt/switchboard"


@PROCESSES
def test_a_server_starts_again_with_the_others_and_on_its_port(process):
    lines = named(f"switchboard-{process}.service")
    found, around = dict(lines), environment(lines)
    assert (found["Restart"], found["PartOf"]) == ("always", "switchboard.target")
    assert around[f"SWITCHBOARD_{process.upper()}_PORT"] == str(PORTS[process])
    assert around["SWITCHBOARD_HOST"] == "127.0.0.1"
    assert int(found["TimeoutStopSec"]) >= 30
    target = dict(named("switchboard.target"))
    assert f"switchboard-{process}.service" in target["Wants"]


@EVERY
def test_its_settings_can_be_read_and_lie_where_it_may_write(path):
    given = environment(unit(path))
    later = ("HOST", "PORT")
    settings = load_settings({n: v for n, v in given.items() if not n.endswith(later)})
    for place in (settings.database_url, settings.orders_url, str(settings.files_dir)):
        assert "/var/lib/switchboard/" in place
    assert dict(unit(path))["StateDirectory"] == "switchboard"


def test_a_backup_is_made_every_night():
    assert "OnCalendar" in dict(named("switchboard-backup.timer"))
    service = named("switchboard-backup.service")
    start = dict(service)["ExecStart"]
    assert start.endswith("switchboard backup /var/backups/switchboard --keep 14")
    assert ("ReadWritePaths", "-/var/backups") in service


def complaints(paths):
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *paths], capture_output=True, text=True
    )
    return [line for line in done.stderr.splitlines() if "is not executable" not in line]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_understands_them(tmp_path):
    assert complaints(UNITS) == []
    wrong = tmp_path / "wrong.service"
    wrong.write_text("[Service]\nExecStart=/bin/true\nRestrat=always\n")
    assert "Restrat" in " ".join(complaints([wrong]))
