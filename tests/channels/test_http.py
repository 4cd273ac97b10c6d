"""The client for platforms, and its pace."""

import asyncio
from types import SimpleNamespace

import pytest

from switchboard.channels.pace import Pace
from switchboard.channels.platform import Trouble, Undelivered
from switchboard.channels.platform_client import PlatformClient, retry_after
from switchboard.mailroom.leases import sending_for
from tests.fakes.http import FakeServer


class Odd(FakeServer):
    def answer(self, method, path, headers, body):
        if path == "/drop":
            return 0, b"", {}
        if path == "/slow":
            import time

            time.sleep(2)
        contents = {"/list": b"[1]", "/text": b"hello", "/large": b"x" * 3_000_000}
        return 200, contents.get(path, b'{"ok": true}'), {"Retry-After": "2"}


@pytest.fixture
def odd():
    server = Odd()
    yield server
    server.close()


async def test_answers_of_any_kind_are_read(odd):
    client = PlatformClient()
    try:
        for path, data in (("/ok", {"ok": True}), ("/list", {}), ("/text", {}), ("/large", {})):
            reply = await client.request("POST", odd.url + path, {"a": 1})
            assert (reply.status, reply.data, retry_after(reply)) == (200, data, 2.0)
    finally:
        await client.close()


@pytest.mark.parametrize(
    ("path", "trouble"), [("/drop", Trouble.UNSURE), ("/slow", Trouble.UNSURE)]
)
async def test_no_answer_is_not_a_no(odd, path, trouble):
    client = PlatformClient(seconds=0.5)
    try:
        with pytest.raises(Undelivered) as raised:
            await client.request("POST", odd.url + path, {})
        assert raised.value.trouble is trouble
    finally:
        await client.close()


@pytest.mark.parametrize("certain", [True, False])
async def test_who_stood_still_before_the_write_sends_nothing(odd, certain):
    client = PlatformClient(seconds=2)
    try:
        with sending_for(SimpleNamespace(certain=lambda claim: certain), None):
            if certain:
                assert (await client.request("POST", odd.url + "/ok", {"a": 1})).status == 200
            else:
                with pytest.raises(Undelivered):
                    await client.request("POST", odd.url + "/ok", {"a": 1})
        assert [body for *_, body in odd.requests] == [b'{"a": 1}'] * certain
    finally:
        await client.close()


async def test_nobody_there_is_a_no():
    client = PlatformClient()
    try:
        with pytest.raises(Undelivered) as raised:
            await client.request("POST", "http://127.0.0.1:9/x", {})
        assert raised.value.trouble is Trouble.DOWN
    finally:
        await client.close()


async def test_a_file_that_is_too_large_is_not_fetched(odd):
    client = PlatformClient()
    try:
        assert len(await client.download(f"{odd.url}/large", 3_000_000, 5)) == 3_000_000
        with pytest.raises(Undelivered):
            await client.download(f"{odd.url}/large", 1_000_000, 5)
    finally:
        await client.close()


async def test_pace_keeps_the_bound_and_the_pauses():
    pace, loop = Pace("test", per_second=50, per_chat=1000), asyncio.get_running_loop()
    started = loop.time()
    for number in range(10):
        await pace.turn(str(number))
    assert loop.time() - started >= 9 / 50 - 0.01
    await pace.pause("a", 1.0)
    started = loop.time()
    paused = asyncio.create_task(pace.turn("a"))
    await pace.turn("b")
    assert not paused.done()
    await paused
    assert loop.time() - started >= 0.95


async def test_two_chats_that_wait_silence_no_third():
    pace, loop = Pace("test", per_second=50, per_chat=1000), asyncio.get_running_loop()
    await pace.pause("a", 60.0)
    await pace.pause("b", 60.0)
    started = loop.time()
    await pace.turn("c")
    assert loop.time() - started < 0.2


async def test_where_all_are_told_to_wait_all_become_slower_and_faster_again():
    pace, loop = Pace("test", per_second=100, per_chat=1000), asyncio.get_running_loop()

    async def seconds_of_ten(name):
        started = loop.time()
        for number in range(10):
            await pace.turn(f"{name}{number}")
        return loop.time() - started

    quick = await seconds_of_ten("before")
    for _ in range(2):
        for chat in "abcde":
            await pace.pause(chat, 60.0)
    assert await seconds_of_ten("slow") > 2 * quick
    for number in range(60):
        await pace.turn(f"meanwhile{number}")
    assert await seconds_of_ten("after") < 1.5 * quick + 0.05
