"""Who may compute, and when."""

import asyncio

from switchboard.mailroom import pacing
from switchboard.mailroom.fair_gate import FairGate
from switchboard.mailroom.pacing import computing, queue_at, receiving, waiting


async def turn(name, log, gate=None, wait=0.0):
    if gate is not None:
        queue_at(gate, name)
    async with computing():
        log.append(f"{name} computes")
        await asyncio.sleep(0)
        if wait:
            async with waiting():
                log.append(f"{name} waits")
                await asyncio.sleep(wait)
            log.append(f"{name} goes on")
        log.append(f"{name} is done")


async def test_one_of_a_channel_computes_and_waiting_is_side_by_side():
    gate, log = FairGate(1), []
    await asyncio.gather(turn("a", log, gate, 0.05), turn("b", log, gate), turn("c", log))
    assert log.index("a waits") < log.index("b computes") < log.index("b is done")
    assert log.index("b is done") < log.index("a goes on")
    assert log.index("c computes") < log.index("b computes")
    assert gate.free == 1


async def test_a_cancelled_wait_leaves_the_gate_as_it_was():
    gate, log = FairGate(1), []
    cancelled = asyncio.create_task(turn("a", log, gate, 10.0))
    await asyncio.sleep(0.02)
    cancelled.cancel()
    await asyncio.gather(cancelled, return_exceptions=True)
    assert gate.free == 1
    await turn("b", log, gate)
    await asyncio.wait_for(gate.acquire("x"), 1)
    assert gate.free == 0


async def test_what_is_delivered_goes_first_but_not_for_ever(monkeypatch):
    monkeypatch.setattr(pacing, "MOST_SECONDS", 0.5)
    gate, log = FairGate(1), []
    with receiving():
        task = asyncio.create_task(turn("a", log, gate))
        await asyncio.sleep(0.01)
        assert log == []
    await asyncio.sleep(0.01)
    assert log == ["a computes", "a is done"]
    with receiving():
        await asyncio.wait_for(turn("b", log, gate), 20)
    await task


async def test_who_is_cancelled_while_deliveries_come_in_gives_the_gate_back(monkeypatch):
    monkeypatch.setattr(pacing, "MOST_SECONDS", 5.0)
    gate, log = FairGate(1), []
    with receiving():
        task = asyncio.create_task(turn("a", log, gate))
        await asyncio.sleep(0.02)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert log == []
    assert gate.free == 1
