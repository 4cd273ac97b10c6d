import re

import pytest

from switchboard.errors import ConfigurationError
from switchboard.project import PROJECT as ROOT
from switchboard.settings import load_settings


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
        ("SWITCHBOARD_LLM_WORDING", "somebody's"),
    ],
)
def test_a_wrong_value_is_named(name, value):
    with pytest.raises(ConfigurationError, match=name):
        load_settings({name: value})


def test_an_unknown_name_of_ours_is_an_error_with_the_nearest():
    with pytest.raises(ConfigurationError, match=r"TIMEOT; did you mean SWITCHBOARD_LLM_TIMEOUT"):
        load_settings({"SWITCHBOARD_LLM_TIMEOT": "3"})
    load_settings({"OPENAI_ORG_ID": "x", "FACEBOOK_ELSE": "x"})  # others have such names too


def test_a_text_is_never_repeated_in_an_error():
    with pytest.raises(ConfigurationError) as told:
        load_settings({"SWITCHBOARD_LLM_CONCURRENT": "sk-secret"})
    assert "CONCURRENT" in str(told.value)


def test_settings_cannot_be_changed():
    with pytest.raises(TypeError):
        load_settings({}).llm.model = "another"


def test_nothing_else_reads_the_environment():
    allowed = {
        "switchboard/settings.py",
        "switchboard/cli/train.py",  # hands it on to Rasa's commands
        "switchboard/cli/logged.py",  # tells OpenBLAS its threads before numpy is loaded
        "switchboard/cli/fine_tune.py",  # hands a part of it on to the trainer
        "switchboard/cli/federate.py",  # likewise, to Flower's environment
        "actions/__init__.py",
    }
    for folder in ("switchboard", "actions"):
        for path in (ROOT / folder).rglob("*.py"):
            name = str(path.relative_to(ROOT))
            if name not in allowed:
                assert not re.search(r"os\.(environ|getenv)", path.read_text()), name
