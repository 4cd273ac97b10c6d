import asyncio
import socket
import time

import pytest
import sqlalchemy as sa

from switchboard.errors import ConfigurationError
from switchboard.observing.readiness import (
    OK,
    Readiness,
    check_database,
    check_orders,
    check_services,
)
from switchboard.settings import load_settings


def answer(word):
    async def look():
        return word

    return look


async def test_all_parts_well_is_200_and_one_that_is_not_503():
    assert await Readiness({"a": answer(OK)}).look() == (200, {"a": OK})
    status, parts = await Readiness({"a": answer(OK), "b": answer("unreachable")}).look()
    assert (status, parts["b"]) == (503, "unreachable")


async def test_a_slow_part_is_told_in_time_and_asked_once_at_a_time():
    asked = []

    async def slow():
        asked.append(1)
        await asyncio.sleep(0.5)
        return OK

    readiness = Readiness({"a": slow}, seconds=0.05, kept=0.0)
    began = time.monotonic()
    assert await readiness.look() == (503, {"a": "slow"})
    assert await readiness.look() == (503, {"a": "slow"})
    assert time.monotonic() - began < 0.4
    assert len(asked) == 1
    await asyncio.sleep(0.5)
    assert await readiness.look() == (200, {"a": OK})
    assert len(asked) == 1


async def test_a_check_that_raises_is_a_word_and_no_text():
    async def broken():
        raise RuntimeError("postgresql://user:secret@host")

    assert await Readiness({"a": broken}).look() == (503, {"a": "failed"})


async def test_callers_cannot_make_it_a_burden():
    asked = []

    async def look():
        asked.append(1)
        return OK

    readiness = Readiness({"a": look})
    for _ in range(20):
        await readiness.look()
    assert len(asked) == 1


async def test_a_database(engine):
    assert await check_database(lambda: engine)() == OK
    with engine.begin() as db:
        db.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    assert await check_database(lambda: engine)() == OK  # a newer one that leaves this code room
    with engine.begin() as db:
        db.execute(sa.text("UPDATE compatibility SET works_from = '9999'"))
    assert await check_database(lambda: engine)() == "wrong_revision"
    away = sa.create_engine("postgresql://u:p@127.0.0.1:1/none", future=True)
    assert await check_database(lambda: away)() == "unreachable"


async def test_a_database_that_takes_the_call_and_says_nothing():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        url = f"postgresql://u:p@127.0.0.1:{listening.getsockname()[1]}/none?connect_timeout=3"
        silent = sa.create_engine(url, future=True)
        readiness = Readiness({"database": check_database(lambda: silent)}, seconds=0.2)
        assert await readiness.look() == (503, {"database": "slow"})


async def test_an_order_system(tmp_path):
    def given(url):
        return check_orders(load_settings({"SWITCHBOARD_ORDERS_URL": url}))()

    (tmp_path / "shop.db").write_text("")
    assert await given("https://orders.example") == OK
    assert await given(f"sqlite:///{tmp_path / 'shop.db'}") == OK
    assert await given(f"sqlite:///{tmp_path / 'none.db'}") == "not_configured"
    assert await given("ftp://orders.example") == "not_configured"


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (ConfigurationError("x"), "wrong_setting"),
        (sa.exc.OperationalError("x", {}, Exception()), "no_database"),
    ],
)
async def test_services(error, word):
    def fail():
        raise error

    assert await check_services(fail)() == word
    assert await check_services(lambda: None)() == OK
