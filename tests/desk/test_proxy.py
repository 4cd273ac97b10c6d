"""Where a request comes from: a proxy's word is taken if it is one that is trusted."""

import httpx
import pytest

from switchboard.cli.processes import some_free_port, start_desk
from switchboard.database.connection import open_database
from switchboard.staff.audit import AuditTrail


@pytest.mark.parametrize(
    ("trusted", "seen"),
    [("", "127.0.0.1"), ("192.0.2.9", "127.0.0.1"), ("127.0.0.0/8", "203.0.113.7")],
)
def test_only_a_trusted_proxy_says_where_a_request_comes_from(tmp_path, trusted, seen):
    url = f"sqlite:///{tmp_path / 'desk.db'}"
    environment = {"SWITCHBOARD_DATABASE_URL": url, "SWITCHBOARD_DESK_PROXIES": trusted}
    desk = start_desk(some_free_port(), tmp_path / "desk.log", environment)
    try:
        desk.wait()
        # The first is what a visitor wrote; the second, what the proxy added.
        told = {"X-Forwarded-For": "198.51.100.1, 203.0.113.7", "X-Forwarded-Proto": "https"}
        form = {"login": "x", "password": "y"}
        assert httpx.post(f"{desk.url}/sign-in", data=form, headers=told).status_code == 401
    finally:
        desk.stop()
    ((_, record),) = AuditTrail(open_database(url)).newest()
    assert record.detail == seen
