"""What the files of a deployment say, read once for all tests of them."""

from __future__ import annotations

import re

import yaml

from switchboard.project import PROJECT as ROOT
from switchboard.settings import setting_names

DEPLOY = ROOT / "deploy"
KUBERNETES = DEPLOY / "kubernetes"
PORTS = {"rasa": 5005, "actions": 5055, "desk": 5010}
"""The port of each process; they are the names of images, services and units too."""
UNITS = sorted((DEPLOY / "systemd").iterdir())
ALL = [
    ROOT / "Dockerfile",
    ROOT / "compose.yml",
    DEPLOY / "Caddyfile",
    *sorted(KUBERNETES.iterdir()),
    *UNITS,
]


def compose():
    return yaml.safe_load((ROOT / "compose.yml").read_text())


def manifests():
    """Every Kubernetes object, by kind and name."""
    found = {}
    for path in KUBERNETES.glob("*.yml"):
        for one in yaml.safe_load_all(path.read_text()):
            found[one["kind"], one["metadata"]["name"]] = one
    return found


def unit(path):
    """The lines of a unit, as (key, value)."""
    return [
        tuple(line.split("=", 1))
        for line in path.read_text().splitlines()
        if "=" in line and not line.startswith(("#", "["))
    ]


def unknown(text):
    """Names in a text that begin as our settings do, and are none."""
    return set(re.findall(r"\bSWITCHBOARD_[A-Z_]+", text)) - set(setting_names())


def proxied(page):
    """The paths that the table of docs/operations.md lets through to a port."""
    rows = re.findall(r"^\| (.+) \| (5005) \|$", page, re.MULTILINE)
    return {path for cell, _ in rows for path in re.findall(r"`(/[^`]+)`", cell)}
