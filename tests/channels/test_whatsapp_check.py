"""`switchboard whatsapp check`, against a fake Cloud API; and what its error codes are taken for."""

import subprocess
import sys

import pytest

from switchboard.channels.platform import FINAL, Trouble
from switchboard.channels.platform_client import ACCESS_SECONDS
from switchboard.channels.whatsapp.whatsapp_errors import (
    PAIR_SECONDS,
    SPAM_SECONDS,
    read_failure,
    read_whatsapp_refusal,
)
from switchboard.cli.app import run
from switchboard.errors import ConfigurationError
from switchboard.settings import load_settings
from tests.channels.test_refusals import ODD, reply
from tests.fakes.cloud_api_server import NUMBER, STATE
from tests.fakes.graph_server import error

ACCESS, BLOCKED, DOWN = Trouble.ACCESS, Trouble.BLOCKED, Trouble.DOWN
INVALID, RATE, WINDOW = Trouble.INVALID, Trouble.RATE, Trouble.WINDOW
CODES = [  # status, code, trouble, seconds
    *((401, code, ACCESS, ACCESS_SECONDS) for code in (0, 190)),
    *((403, code, ACCESS, ACCESS_SECONDS) for code in (10, 200, 299, 368, 131005, 131031)),
    *((500, code, ACCESS, ACCESS_SECONDS) for code in (3, 131045, 133000)),
    *((400, code, ACCESS, ACCESS_SECONDS) for code in (33, 131037, 131042, 133010, "190")),
    *((400, code, RATE, 0) for code in (4, 80007, 130429, 133016)),
    (400, 131056, RATE, PAIR_SECONDS),
    (400, 131048, RATE, SPAM_SECONDS),
    (429, None, RATE, 0),
    *((400, code, DOWN, 0) for code in (1, 131057)),
    *((503, code, DOWN, 0) for code in (2, 131016, 133004, None)),
    (500, 131000, DOWN, 0),
    *((400, code, BLOCKED, 0) for code in (131026, 131049, 131050, 130472)),
    (400, 131047, WINDOW, 0),
    *((400, code, INVALID, 0) for code in (100, 131008, 131009, 131021, 131051, 131052, 131053)),
    *((400, code, INVALID, 0) for code in (132000, 132005, 132015, 132068, 135000, 131062, 999999)),
    (404, 132001, INVALID, 0),
    (403, 130497, INVALID, 0),
    (401, None, ACCESS, ACCESS_SECONDS),
]


@pytest.mark.parametrize(("status", "code", "trouble", "seconds"), CODES)
def test_each_code_of_the_published_page(status, code, trouble, seconds):
    refused = read_whatsapp_refusal(reply(*error(status, code)))
    assert (refused.trouble, refused.retry_after) == (trouble, seconds)
    if isinstance(code, int):
        later = read_failure(code)
        assert later.trouble == trouble
        assert (later.trouble in FINAL) == (trouble in (WINDOW, BLOCKED, INVALID))


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_an_error_of_any_shape_is_read(odd):
    for status in (200, 400, 500):
        for data in ({"error": odd}, {"error": {"code": odd}}, {"errors": odd}):
            read_whatsapp_refusal(reply(status, data))
    assert read_failure(None).trouble is INVALID


def test_a_transient_error_goes_later():
    told = {"error": {"code": 999999, "is_transient": True}}
    assert read_whatsapp_refusal(reply(400, told)).trouble is DOWN


@pytest.fixture
def configured(cloud_api, monkeypatch):
    for name, value in cloud_api.environment.items():
        monkeypatch.setenv(name, value)
    return cloud_api


def test_a_number_that_is_ready(configured, monkeypatch, capsys):
    monkeypatch.setenv("WHATSAPP_TEMPLATE", "late_answer")
    assert run(["whatsapp", "check"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{NUMBER}: +1 555 0100 Tidewick",
        "template late_answer (en) for what comes too late for free text",
    ]


def test_settings_that_are_missing_are_named(configured, monkeypatch, capsys):
    monkeypatch.setenv("WHATSAPP_APP_SECRET", "")
    monkeypatch.setenv("WHATSAPP_VERIFY_TOKEN", "")
    assert run(["whatsapp"]) == 2
    told = capsys.readouterr().err
    assert "for want of WHATSAPP_APP_SECRET, WHATSAPP_VERIFY_TOKEN" in told
    assert run(["whatsapp", "nonsense"]) == 2


@pytest.mark.parametrize(
    ("state", "line"),
    [
        ({"status": "PENDING"}, "  status is PENDING"),
        ({"platform_type": "NOT_APPLICABLE"}, "  platform_type is NOT_APPLICABLE"),
        ({"quality_rating": "RED"}, "  quality_rating is RED"),
        ({"name_status": "DECLINED"}, "  name_status is DECLINED"),
    ],
)
def test_a_number_that_is_not_ready(configured, capsys, state, line):
    configured.states[NUMBER] = {**STATE, **state}
    assert run(["whatsapp", "check"]) == 1
    assert line in capsys.readouterr().out.splitlines()


@pytest.mark.parametrize(
    ("webhooks", "word"),
    [({}, "not set"), ({"application": "https://elsewhere.example/x"}, "elsewhere")],
)
def test_a_webhook_that_leads_elsewhere(configured, capsys, webhooks, word):
    configured.webhooks = webhooks
    assert run(["whatsapp", "check"]) == 1
    assert word in capsys.readouterr().out


def test_the_first_webhook_that_is_set_counts(configured, capsys):
    ours = configured.webhooks["application"]
    configured.webhooks = {"phone_number": ours, "application": "https://elsewhere.example"}
    assert run(["whatsapp", "check"]) == 0


def test_a_wrong_token_or_number_is_told_in_a_line(configured, monkeypatch, capsys):
    monkeypatch.setenv("WHATSAPP_PHONE_NUMBER_ID", f"{NUMBER}, 99999")
    assert run(["whatsapp", "check"]) == 1
    assert "99999: invalid: HTTP 400, code 100: Unsupported get req" in capsys.readouterr().out
    monkeypatch.setenv("WHATSAPP_APP_SECRET", "another app's")
    assert run(["whatsapp", "check"]) == 1
    assert "code 100: Invalid appsecret_proof" in capsys.readouterr().out
    monkeypatch.setenv("WHATSAPP_ACCESS_TOKEN", "wrong-token")
    assert run(["whatsapp", "check"]) == 1
    told = capsys.readouterr().out
    assert "no access: HTTP 401, code 190" in told
    assert "wrong-token" not in told
    configured.close()
    assert run(["whatsapp", "check"]) == 1
    assert "down: " in capsys.readouterr().out


def test_it_is_checked_without_starting_rasa(configured):
    program = (
        "import sys; from switchboard.cli.app import run; assert run(['whatsapp', 'check']) == 0;"
        "assert not {'rasa', 'tensorflow'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_a_phone_number_is_no_id():
    with pytest.raises(ConfigurationError, match="WHATSAPP_PHONE_NUMBER_ID"):
        load_settings({"WHATSAPP_PHONE_NUMBER_ID": "+1 555 0100"})
