"""Both proxies let through what docs/operations.md names, and nothing else of Rasa's server."""

import re

from switchboard.project import PROJECT as ROOT
from tests.delivery.delivered import DEPLOY, PORTS, manifests, proxied

PATHS = proxied((ROOT / "docs" / "operations.md").read_text())
CADDY = (DEPLOY / "Caddyfile").read_text()


def of_caddy():
    lines = re.findall(r"@(?:deliveries|answered|channels) path (.+)", CADDY)
    return {path.removesuffix("*") for line in lines for path in line.split()}


def of_ingress():
    spec = manifests()["Ingress", "switchboard-channels"]["spec"]
    return {path["path"]: path for rule in spec["rules"] for path in rule["http"]["paths"]}


def test_the_page_names_them():
    assert len(PATHS) == 10
    assert not any("rest" in path for path in PATHS)


def test_caddy_lets_them_through_and_answers_404_to_all_else():
    assert of_caddy() == PATHS
    blocks = re.findall(r"\n\thandle (@\w+ )?\{\n\t\t(\w+) ?(\w*)", CADDY.split("{$DESK_HOST}")[0])
    assert blocks == [
        ("@deliveries ", "reverse_proxy", ""),
        ("@answered ", "reverse_proxy", ""),
        ("@channels ", "reverse_proxy", ""),
        ("", "respond", "404"),
    ]
    assert CADDY.count("reverse_proxy") == 4


def test_a_worker_that_says_nothing_is_passed_over():
    deliveries = CADDY.split("@deliveries")[2].split("@channels")[0]
    for setting in ("lb_retry_match method POST", "response_header_timeout 2s", "fail_duration"):
        assert setting in deliveries


def test_the_ingress_lets_them_through():
    found = of_ingress()
    assert set(found) == PATHS
    for path, one in found.items():
        assert one["pathType"] == ("Prefix" if path.endswith("/") else "Exact")
        assert one["backend"]["service"]["name"] == "rasa"
    assert "defaultBackend" not in manifests()["Ingress", "switchboard-channels"]["spec"]


def test_one_visitor_stays_with_one_worker():
    notes = manifests()["Ingress", "switchboard-channels"]["metadata"]["annotations"]
    assert notes["nginx.ingress.kubernetes.io/upstream-hash-by"] == "$remote_addr"
    assert "lb_policy client_ip_hash" in CADDY


def test_nothing_is_held_back_that_streams():
    assert CADDY.count("flush_interval -1") == 2
    for name in ("switchboard-channels", "switchboard-desk"):
        notes = manifests()["Ingress", name]["metadata"]["annotations"]
        assert notes["nginx.ingress.kubernetes.io/proxy-buffering"] == "off"


def test_the_desk_has_a_host_of_its_own():
    desk = manifests()["Ingress", "switchboard-desk"]["spec"]
    channels = manifests()["Ingress", "switchboard-channels"]["spec"]
    assert desk["rules"][0]["host"] != channels["rules"][0]["host"]
    service = manifests()["Service", "desk"]["spec"]["ports"][0]
    assert service["port"] == PORTS["desk"]
