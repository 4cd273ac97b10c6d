"""Who is admitted next."""

import asyncio

from switchboard.mailroom.fair_gate import FairGate


async def ask(gate, key, log, seconds=0.0):
    await gate.acquire(key)
    log.append(key)
    try:
        await asyncio.sleep(seconds)
    finally:
        gate.release()


async def test_one_that_asks_seldom_waits_for_one_turn_of_a_flood():
    gate, log = FairGate(1), []
    flood = [asyncio.create_task(ask(gate, "flood", log, 0.001)) for _ in range(200)]
    await asyncio.sleep(0.02)
    done = len(log)
    await ask(gate, "somebody", log)
    assert log.index("somebody") - done <= 2
    await asyncio.gather(*flood)
    assert len(log) == 201
    assert gate.free == 1


async def test_those_of_one_key_go_in_order_and_keys_by_turns():
    gate, log = FairGate(1), []
    await gate.acquire("first")
    tasks = [asyncio.create_task(ask(gate, key, log)) for key in "aaabbc"]
    await asyncio.sleep(0)
    gate.release()
    await asyncio.gather(*tasks)
    assert "".join(log) == "abcaba"


async def test_who_was_away_is_owed_nothing():
    gate, log = FairGate(1), []
    for _ in range(50):
        await ask(gate, "busy", log)
    log.clear()
    await gate.acquire("other")
    tasks = [asyncio.create_task(ask(gate, key, log)) for key in ["new"] * 4 + ["busy"] * 4]
    await asyncio.sleep(0)
    gate.release()
    await asyncio.gather(*tasks)
    assert log.index("busy") <= 2


async def test_a_place_is_never_lost():
    gate, log = FairGate(2), []
    await gate.acquire("a")
    await gate.acquire("b")
    waiting = [asyncio.create_task(ask(gate, "c", log, 10.0)) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    gate.release()  # goes to the second, which is cancelled before it knows
    waiting[1].cancel()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    waiting[2].cancel()
    gate.release()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert gate.free == 2
