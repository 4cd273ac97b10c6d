"""The commands that set a page and a bot up, against the fake platforms."""

import pytest

from switchboard.cli.app import run
from tests.comments.conftest import switched_on
from tests.fakes.bot_api_server import SECRET
from tests.fakes.x_server import ACCOUNT, FakeX


@pytest.fixture(autouse=True)
def platforms(graph, bot_api, fake_x, monkeypatch):
    for name, value in {
        **graph.environment,
        **bot_api.environment,
        **fake_x.environment,
    }.items():
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
    assert len(menu["default"]) == 3
    assert all(len(entry["text"]) <= 160 for entry in profile[2]["greeting"])
    assert run(["facebook", "check"]) == 0
    assert run(["facebook", "remove"]) == 0
    assert graph.set_up[-1][0] == "DELETE"


def test_a_check_says_whether_comments_come(graph, tmp_path, monkeypatch, capsys):
    assert run(["facebook", "set"]) == 0
    assert run(["facebook", "check"]) == 0
    told = capsys.readouterr().out
    assert "no app is subscribed to feed, and comments are off" in told
    assert "comments are on for: none" in told
    (tmp_path / "data").mkdir()
    monkeypatch.setenv("SWITCHBOARD_DATA_DIR", str(switched_on(tmp_path / "data")))
    assert run(["facebook", "check"]) == 0
    assert "MISSING: no app is subscribed to feed" in capsys.readouterr().out
    assert run(["facebook", "set"]) == 0
    assert run(["facebook", "check"]) == 0
    told = capsys.readouterr().out
    assert "comments come: an app is subscribed to feed" in told
    assert "comments are on for: facebook, instagram" in told
    switched_on(tmp_path / "data", limits={"per_post_hour": 0})
    assert run(["facebook", "check"]) == 2
    assert "comments.yml: limits.per_post_hour" in capsys.readouterr().err


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


HOOK = "https://bot.tidewick.example/webhooks/x/webhook"


def test_the_webhook_of_x_is_checked_set_and_removed(fake_x, capsys):
    assert run(["x", "check"]) == 0
    assert "account: @tidewick (2244994945)\nwebhook: none" in capsys.readouterr().out
    assert run(["x", "set", HOOK]) == 0
    assert f"webhook: {HOOK} (valid; this account subscribed)" in capsys.readouterr().out
    assert len(fake_x.subscribed) == 1
    assert run(["x", "set", HOOK]) == 0  # once more: X verifies it, and nothing is doubled
    assert len(fake_x.webhooks) == 1
    assert [method for method, *_ in fake_x.requests].count("PUT") == 1
    fake_x.webhooks.append({"id": "5", "url": "https://other.example/x", "valid": False})
    assert run(["x"]) == 0
    out = capsys.readouterr().out
    assert "https://other.example/x (invalid: X could not verify it; this account not" in out
    assert run(["x", "remove", HOOK]) == 0
    assert [hook["url"] for hook in fake_x.webhooks] == ["https://other.example/x"]
    assert fake_x.subscribed == set()
    assert run(["x", "remove", HOOK]) == 0


def test_what_x_does_not_call_is_told_before_it_is_asked(fake_x, capsys):
    for address in (
        "",
        "http://bot.tidewick.example/webhooks/x/webhook",
        "https://bot.tidewick.example:8443/webhooks/x/webhook",
        "https://bot.tidewick.example/",
    ):
        assert run(["x", "set", address]) == 2
        assert "without a port" in capsys.readouterr().err
    assert fake_x.requests == []


def test_what_is_missing_on_x_is_told_in_a_line(fake_x, monkeypatch, capsys):
    fake_x.checks = lambda url: False
    assert run(["x", "set", HOOK]) == 2
    assert "HTTP 400" in capsys.readouterr().err
    monkeypatch.setenv("X_ACCESS_TOKEN", f"{ACCOUNT}-wrong")
    assert run(["x", "check"]) == 2
    error = capsys.readouterr().err
    assert "no access" in error
    assert "wrong" not in error
    for name in ("X_API_SECRET", "X_ACCESS_TOKEN"):
        monkeypatch.setenv(name, "")
    assert run(["x", "check"]) == 2
    assert "X_API_SECRET, X_ACCESS_TOKEN must be set" in capsys.readouterr().err
    assert run(["x", "nonsense"]) == 2


def test_a_token_of_another_account_is_told(monkeypatch, capsys):
    monkeypatch.setattr(FakeX, "_is_signed", lambda *_: True)
    monkeypatch.setenv("X_ACCESS_TOKEN", "999-token")
    assert run(["x", "check"]) == 2
    assert "X_ACCESS_TOKEN" in capsys.readouterr().err
