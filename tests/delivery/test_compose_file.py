"""compose.yml: one machine, of which only the proxy is seen."""

import re

import pytest

from switchboard.project import PROJECT as ROOT
from tests.delivery.delivered import DEPLOY, PORTS, compose

SERVICES = compose()["services"]
OURS = [name for name in SERVICES if SERVICES[name].get("build")]
PROCESSES = pytest.mark.parametrize("process", PORTS)


def test_only_the_proxy_has_ports():
    assert [name for name, one in SERVICES.items() if "ports" in one] == ["proxy"]


def test_the_storage_reaches_nothing_outside():
    assert compose()["networks"]["storage"]["internal"] is True
    assert [n for n, one in SERVICES.items() if one["networks"] == ["storage"]] == [
        "database",
        "redis",
    ]
    assert "storage" not in SERVICES["proxy"]["networks"]


@PROCESSES
def test_a_process_waits_for_what_it_needs_and_tells_when_it_is_ready(process):
    one = SERVICES[process]
    assert one["build"]["target"] == process
    assert f"127.0.0.1:{PORTS[process]}/ready" in " ".join(one["healthcheck"]["test"])
    assert one["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert one["depends_on"]["redis"]["condition"] == "service_healthy"
    assert not {"container_name", "ports"} & set(one), "it could not be scaled"


@pytest.mark.parametrize("name", OURS)
def test_our_containers_can_do_little(name):
    one = SERVICES[name]
    assert one["read_only"] is True
    assert one["cap_drop"] == ["ALL"]
    assert one["security_opt"] == ["no-new-privileges:true"]
    assert one["env_file"] == ".env"
    assert "kept:/var/lib/switchboard" in one["volumes"]


def test_the_database_is_upgraded_once_before_all():
    migrate = SERVICES["migrate"]
    assert migrate["command"] == ["switchboard", "database", "upgrade"]
    assert (migrate["restart"], migrate["build"]["target"]) == ("no", "desk")
    assert migrate["depends_on"]["database"]["condition"] == "service_healthy"


def test_every_image_is_exact():
    version = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(), re.M)[1]
    for name, one in SERVICES.items():
        tag = one["image"].partition(":")[2]
        assert re.search(r"\d+\.\d+\.\d+", tag), name
        if name in OURS:
            assert tag == version, name


def test_every_volume_and_network_is_declared_and_every_file_is_there():
    whole = compose()
    for one in SERVICES.values():
        assert set(one["networks"]) <= set(whole["networks"])
        for volume in one.get("volumes", ()):
            source = volume.split(":")[0]
            assert source in whole["volumes"] or (ROOT / source).exists(), source


def test_what_they_call_each_other_are_their_names():
    common = compose()["x-settings"]
    assert common["SWITCHBOARD_ACTIONS_URL"] == f"http://actions:{PORTS['actions']}/webhook"
    assert "@database:5432/" in common["SWITCHBOARD_DATABASE_URL"]
    assert "@redis:6379/" in common["SWITCHBOARD_REDIS_URL"]
    caddy = (DEPLOY / "Caddyfile").read_text()
    assert f"reverse_proxy desk:{PORTS['desk']}" in caddy
    assert re.search(rf"name rasa\s+port {PORTS['rasa']}", caddy)
