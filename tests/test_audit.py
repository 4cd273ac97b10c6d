"""Known holes: what is new fails the gate, a database that cannot be reached does not."""

from __future__ import annotations

import datetime
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from scripts import audit
from switchboard.project import PROJECT


@pytest.fixture
def database():
    class Handler(BaseHTTPRequestHandler):
        mode, holes = "good", {}

        def log_message(self, *_args):
            pass

        def do_POST(self):
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
            if Handler.mode == "slow":
                time.sleep(1.5)
            results = [
                {"vulns": [{"id": n} for n in Handler.holes.get(q["package"]["name"], [])]}
                for q in asked
            ]
            body = {"wrong": b"<html>", "other": b"[]", "few": b'{"results": []}'}.get(
                Handler.mode, json.dumps({"results": results}).encode()
            )
            self.send_response(500 if Handler.mode == "down" else 200)
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Handler.url = f"http://127.0.0.1:{server.server_port}/"
    yield Handler
    server.shutdown()


def test_a_new_hole_fails_the_gate(database, capsys):
    database.holes = {"jinja2": ["GHSA-new"], "tensorflow": ["GHSA-old"]}
    assert audit.main(database.url) == 1
    told = capsys.readouterr().out
    assert "GHSA-new" in told
    assert "GHSA-old" not in told
    database.holes = {"tensorflow": ["GHSA-old"]}
    assert audit.main(database.url) == 0


@pytest.mark.parametrize("mode", ["down", "slow", "wrong", "other", "few"])
def test_without_a_database_it_says_so_and_passes(database, monkeypatch, capsys, mode):
    monkeypatch.setattr(audit, "SECONDS", 0.5)
    database.mode = mode
    assert audit.main(database.url) == 0
    assert "NOT DONE" in capsys.readouterr().out


def test_nor_where_there_is_no_network(capsys):
    assert audit.main("http://127.0.0.1:9/") == 0
    assert "NOT DONE" in capsys.readouterr().out


def test_what_is_accepted_is_pinned_as_it_says_and_for_a_time():
    listed = audit.accepted(audit.ACCEPTED.read_text())
    pinned = dict(audit.pins([(PROJECT / "requirements.txt").read_text()]))
    for entry in listed:
        assert entry.version in ("*", pinned[entry.package]), entry
    entry = listed[0]
    pin = (entry.package, entry.version)
    assert entry.covers(pin, "GHSA-1", entry.until)
    assert not entry.covers(pin, "GHSA-1", entry.until + datetime.timedelta(days=1))
    assert not entry.covers((entry.package, "9.9"), "GHSA-1", entry.until)


def test_every_pin_is_asked_about():
    found = audit.pins(["a==1 \\\n    --hash=sha256:b==2\nB_c[x]==2.0 ; python_version < '3'\n"])
    assert found == [("a", "1"), ("b-c", "2.0")]


def test_uv_is_pinned_with_its_checksums():
    text = (PROJECT / "scripts" / "uv.txt").read_text()
    assert "uv==" in text
    assert text.count("--hash=sha256:") >= 1
