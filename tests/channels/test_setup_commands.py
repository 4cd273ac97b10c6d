"""The commands that set a page and a bot up, against the fake platforms."""

import pytest

from switchboard.cli.app import run
from tests.fakes.bot_api_server import SECRET


@pytest.fixture(autouse=True)
def platforms(graph, bot_api, monkeypatch):
    for name, value in {**graph.environment, **bot_api.environment}.items():
        monkeypatch.setenv(name, value)


def test_a_page_is_set_up_in_both_languages(graph, capsys):
    assert run(["facebook", "set"]) == 0
    (subscribed, profile) = graph.set_up
    assert subscribed[1] == "me/subscribed_apps"
    menu = {entry["locale"]: entry["call_to_actions"] for entry in profile[2]["persistent_menu"]}
    assert menu["zh_CN"][0] == {
        "type": "postback",
        "title": "查订单到哪了",
        "payload": "/track_order",
    }
    assert len(menu["default"]) == 4
    assert all(len(entry["text"]) <= 160 for entry in profile[2]["greeting"])
    assert run(["facebook", "check"]) == 0
    assert run(["facebook", "remove"]) == 0
    assert graph.set_up[-1][0] == "DELETE"


def test_a_page_that_refuses_is_told_in_a_line(monkeypatch, capsys):
    monkeypatch.setenv("FACEBOOK_PAGE_ACCESS_TOKEN", "wrong")
    assert run(["facebook", "set"]) == 2
    assert "no access" in capsys.readouterr().err
    monkeypatch.setenv("FACEBOOK_APP_SECRET", "")
    assert run(["facebook", "set"]) == 2
    assert "FACEBOOK_APP_SECRET" in capsys.readouterr().err
    assert run(["facebook", "nonsense"]) == 2


def test_a_webhook_is_set_checked_and_removed(bot_api, monkeypatch, capsys):
    assert run(["telegram", "set"]) == 2
    assert "TELEGRAM_WEBHOOK_URL" in capsys.readouterr().err
    monkeypatch.setenv(
        "TELEGRAM_WEBHOOK_URL", "https://bot.tidewick.example/webhooks/telegram/webhook"
    )
    assert run(["telegram", "set"]) == 0
    assert bot_api.webhook["secret_token"] == SECRET
    assert "callback_query" in bot_api.webhook["allowed_updates"]
    chinese = next(c for c in bot_api.called("setMyCommands") if c.get("language_code") == "zh")
    assert {c["command"] for c in chinese["commands"]} == {
        "start",
        "help",
        "human",
        "stop",
        "language",
        "profile",
    }
    assert run(["telegram", "check"]) == 0
    assert "bot.tidewick.example" in capsys.readouterr().out
    assert run(["telegram", "remove"]) == 0
    assert bot_api.webhook == {}


def test_a_wrong_token_is_told_in_a_line(monkeypatch, capsys):
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "43:wrong")
    assert run(["telegram", "check"]) == 2
    error = capsys.readouterr().err
    assert "no access" in error
    assert "43:wrong" not in error
