import re

import pytest

from switchboard.errors import ConfigurationError
from switchboard.settings import ROOT, load_settings


def test_defaults_need_no_environment():
    settings = load_settings({})
    assert settings.database_url.startswith("sqlite:///")
    assert not settings.llm.configured


@pytest.mark.parametrize("name", ["OPENAI_API_KEY", "OPENAI_BASE_URL"])
def test_a_key_or_an_address_configures_the_model(name):
    assert load_settings({name: "x"}).llm.configured


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SWITCHBOARD_LLM_TIMEOUT", "soon"),
        ("SWITCHBOARD_LLM_TIMEOUT", "60"),
        ("SWITCHBOARD_ORDERS_TIMEOUT", "0"),
        ("SWITCHBOARD_IDENTITY_MINUTES", "-5"),
    ],
)
def test_a_wrong_value_is_named(name, value):
    with pytest.raises(ConfigurationError, match=name):
        load_settings({name: value})


def test_every_setting_is_documented():
    source = (ROOT / "switchboard" / "settings.py").read_text()
    names = set(re.findall(r'"((?:SWITCHBOARD|OPENAI|FACEBOOK|TELEGRAM)_[A-Z_]+)"', source))
    documented = (ROOT / ".env.example").read_text()
    readmes = [(ROOT / name).read_text() for name in ("README.md", "README.zh.md")]
    assert names
    for name in names:
        assert name in documented, name
        assert all(name in readme for readme in readmes), name


def test_nothing_else_reads_the_environment():
    allowed = {"switchboard/settings.py", "actions/__init__.py"}
    for folder in ("switchboard", "actions", "components", "channels", "desk"):
        for path in (ROOT / folder).rglob("*.py"):
            name = str(path.relative_to(ROOT))
            if name not in allowed:
                assert not re.search(r"os\.(environ|getenv)", path.read_text()), name
