"""The commands that set a page and a bot up, against the fake platforms."""

import pytest

from switchboard.cli.app import run
from tests.comments.conftest import switched_on
from tests.fakes.bot_api_server import SECRET
from tests.fakes.x_server import ACCOUNT, FakeX


@pytest.fixture(autouse=True)
def platforms(graph, bot_api, wechat, wecom, fake_x, monkeypatch):
    fakes = (graph, bot_api, wechat, wecom, fake_x)
    settings = {name: value for fake in fakes for name, value in fake.environment.items()}
    for name, value in settings.items():
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


def test_an_official_account_is_checked(wechat, monkeypatch, capsys):
    assert run(["wechat", "check"]) == 0
    told = capsys.readouterr().out
    assert "a token is given out" in told
    assert "messages: allowed" in told
    assert "encrypted" in told
    wechat.may_send = False
    monkeypatch.setenv("WECHAT_ENCODING_AES_KEY", "")
    assert run(["wechat", "check"]) == 0
    told = capsys.readouterr().out
    assert "not allowed (invalid: HTTP 200, code 48001)" in told
    assert "plain" in told


def test_what_is_wrong_with_an_official_account_is_told_in_a_line(wechat, monkeypatch, capsys):
    monkeypatch.setenv("WECHAT_APP_SECRET", "wrong-secret")
    assert run(["wechat", "check"]) == 2
    told = capsys.readouterr().err
    assert "40125" in told
    assert "wrong-secret" not in told
    monkeypatch.setenv("WECHAT_TOKEN", "")
    assert run(["wechat", "check"]) == 2
    assert "WECHAT_TOKEN must be set" in capsys.readouterr().err
    monkeypatch.setenv("WECHAT_ENCODING_AES_KEY", "too short")
    assert run(["wechat", "check"]) == 2
    assert "43 letters" in capsys.readouterr().err


def test_customer_service_is_checked(wecom, monkeypatch, capsys):
    wecom.accounts.append({"open_kfid": "wk2", "name": "Other", "manage_privilege": False})
    assert run(["wecom", "check"]) == 0
    told = capsys.readouterr().out
    assert "account wkAbCdEf1 (Shop)\n" in told
    assert "account wk2 (Other): not managed" in told
    wecom.accounts.clear()
    assert run(["wecom", "check"]) == 0
    assert "no account" in capsys.readouterr().out
    monkeypatch.setenv("WECOM_KF_SECRET", "wrong-secret")
    assert run(["wecom", "check"]) == 2
    told = capsys.readouterr().err
    assert "no access" in told
    assert "wrong-secret" not in told
    monkeypatch.setenv("WECOM_TOKEN", "")
    assert run(["wecom", "check"]) == 2
    assert "WECOM_TOKEN must be set" in capsys.readouterr().err


HOOK = "https://bot.tidewick.example/webhooks/x/webhook"


def test_the_webhook_of_x_is_checked_set_and_removed(fake_x, capsys):
    assert run(["x", "check"]) == 1
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
    subscribed, fake_x.subscribed = fake_x.subscribed, set()
    assert run(["x"]) == 1
    fake_x.subscribed = subscribed
    fake_x.webhooks[0]["valid"] = False
    assert run(["x"]) == 1
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
    told = capsys.readouterr().err
    assert "HTTP 400, invalid-request: CrcValidationFailed" in told
    assert "X_API_SECRET" in told
    monkeypatch.setenv("X_ACCESS_TOKEN", f"{ACCOUNT}-wrong")
    assert run(["x", "check"]) == 2
    error = capsys.readouterr().err
    assert "no access" in error
    assert "wrong" not in error
    for name in ("X_API_SECRET", "X_ACCESS_TOKEN"):
        monkeypatch.setenv(name, "")
    assert run(["x", "check"]) == 2
    assert "X_API_SECRET, X_ACCESS_TOKEN must be set" in capsys.readouterr().err
    monkeypatch.setenv("X_ACCESS_TOKEN", "token-without-its-number")
    assert run(["x", "check"]) == 2
    assert "begins with the account's number" in capsys.readouterr().err
    assert run(["x", "nonsense"]) == 2


def test_a_token_of_another_account_is_told(monkeypatch, capsys):
    monkeypatch.setattr(FakeX, "_is_signed", lambda *_: True)
    monkeypatch.setenv("X_ACCESS_TOKEN", "999-token")
    assert run(["x", "check"]) == 2
    assert "X_ACCESS_TOKEN" in capsys.readouterr().err
