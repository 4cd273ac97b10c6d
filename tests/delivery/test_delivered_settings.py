"""Every setting that a file of a deployment names exists, and none gives a secret away."""

import re

import pytest

from tests.delivery.delivered import ALL, unknown

SECRET = re.compile(r"(PASSWORD|SECRET|TOKEN|API_KEY|_KEY)\b")
EVERY = pytest.mark.parametrize("path", ALL, ids=lambda p: p.name)


def given_away(text):
    """Lines that give a secret a value of its own."""
    found = []
    for line in text.splitlines():
        name, _, value = re.sub(r"\s#.*|^#.*", "", line).partition(":" if ":" in line else "=")
        value = value.strip()
        if SECRET.search(name) and value and not re.match(r"\$\{?\w+|\{\$", value):
            found.append(line.strip())
    credentials = re.findall(r"://[^/\s:@]*:[^$@\s{]+@", text)
    return found + credentials


@EVERY
def test_every_setting_exists(path):
    assert unknown(path.read_text()) == set()


@EVERY
def test_no_secret_stands_in_it(path):
    assert given_away(path.read_text()) == []


def test_a_setting_that_is_not_there_is_noticed():
    assert unknown("SWITCHBOARD_TEA: 1\nSWITCHBOARD_FILES_DIR: x") == {"SWITCHBOARD_TEA"}


@pytest.mark.parametrize(
    "line",
    ["  POSTGRES_PASSWORD: geheim", "SWITCHBOARD_ACTIONS_SECRET=abc", "postgresql://a:b@c/d"],
)
def test_a_secret_is_noticed(line):
    assert given_away(line)
    assert not given_away(
        "POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:?say one}\nx: postgresql://a:${B}@c/d"
    )
