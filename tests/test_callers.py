"""Who may call: secrets, hosts and pages, as a table."""

import pytest

from switchboard.callers import (
    CallRules,
    bearer,
    host_in,
    is_json,
    is_loopback,
    may_read_metrics,
    shows,
)

JSON = {"content-type": "application/json"}
HERE = {"host": "127.0.0.1:5055"}
SECRET = {"x-switchboard-secret": "s3cret"}


@pytest.mark.parametrize(
    ("rules", "headers", "status"),
    [
        (CallRules(), {**HERE, **JSON}, 0),
        (CallRules(), {"host": "localhost:5055", **JSON}, 0),
        (CallRules(), {"host": "[::1]:5055", "content-type": "application/json; charset=utf-8"}, 0),
        (CallRules(), {**HERE, "content-type": "text/plain"}, 415),
        (CallRules(), HERE, 415),
        (CallRules(), {**HERE, **JSON, "origin": "https://evil.example"}, 403),
        (CallRules(), {**HERE, **JSON, "origin": "null"}, 403),
        (CallRules(), {"host": "evil.example:5055", **JSON}, 403),
        (CallRules(), JSON, 403),
        (CallRules(hosts={"actions"}), {"host": "actions:5055", **JSON}, 0),
        (CallRules("s3cret"), {**HERE, **JSON}, 401),
        (CallRules("s3cret"), {**HERE, **JSON, "x-switchboard-secret": "s3cre"}, 401),
        (CallRules("s3cret"), {**HERE, **JSON, "x-switchboard-secret": "\udcff"}, 401),
        (CallRules("s3cret"), {**HERE, **JSON, **SECRET}, 0),
        (CallRules("s3cret"), {"host": "evil.example", **JSON, **SECRET}, 403),
        (CallRules("s3cret"), {**HERE, **JSON, **SECRET, "origin": "https://a.example"}, 403),
        (CallRules("s3cret", any_host=True), {"host": "actions.shop:5055", **JSON, **SECRET}, 0),
        (CallRules("s3cret", any_host=True), {"host": "actions.shop:5055", **JSON}, 401),
    ],
)
def test_calls_of_actions(rules, headers, status):
    assert rules.refusal("POST", headers, is_open=False) == status


def test_open_paths_ask_for_no_secret_but_look_at_one_that_is_shown():
    rules = CallRules("s3cret")
    assert rules.refusal("GET", HERE, is_open=True) == 0
    assert rules.refusal("GET", {**HERE, **SECRET}, is_open=True) == 0
    assert rules.refusal("GET", {**HERE, "x-switchboard-secret": ""}, is_open=True) == 401
    assert rules.refusal("GET", HERE, is_open=False) == 401


def test_a_secret_that_nobody_set_is_shown_by_nobody():
    assert not shows("", "")
    assert not shows(None, "")
    assert not shows(None, "x")
    assert shows("x", "x")


@pytest.mark.parametrize(
    ("header", "host"),
    [("a:1", "a"), ("[::1]:5", "::1"), ("http://b:2/x", "b"), (None, ""), ("[x", "")],
)
def test_the_host_of_a_header(header, host):
    assert host_in(header) == host


def test_names_of_this_machine():
    assert all(map(is_loopback, ("127.0.0.1", "127.9.9.9", "::1", "localhost", "LOCALHOST")))
    assert not any(map(is_loopback, ("", "0.0.0.0", "10.0.0.1", "localhost.evil.example")))


def test_bearer_and_json():
    assert bearer({"authorization": "Bearer abc"}) == "abc"
    assert bearer({"authorization": "Basic abc"}) == ""
    assert bearer({}) == ""
    assert is_json({"content-type": "Application/JSON ; charset=x"})
    assert not is_json({"content-type": "application/jsonp"})


@pytest.mark.parametrize(
    ("token", "peer", "headers", "may"),
    [
        ("", "127.0.0.1", {"host": "127.0.0.1:5005"}, True),
        ("", "10.0.0.7", {"host": "127.0.0.1:5005"}, False),
        ("", "127.0.0.1", {"host": "shop.example"}, False),
        ("", "127.0.0.1", {"host": "localhost", "x-forwarded-for": "9.9.9.9"}, False),
        ("", "127.0.0.1", {"host": "localhost", "origin": "https://evil.example"}, False),
        ("t", "127.0.0.1", {"host": "localhost"}, False),
        ("t", "10.0.0.7", {"host": "x", "authorization": "Bearer t"}, True),
        ("t", "10.0.0.7", {"host": "x", "authorization": "Bearer u"}, False),
    ],
)
def test_who_may_read_figures(token, peer, headers, may):
    assert may_read_metrics(token, peer, headers) is may
