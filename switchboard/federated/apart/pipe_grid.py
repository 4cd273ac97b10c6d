"""Flower's messages over pipes, between the server and a process for each shop.

Flower's simulation needs Ray, whose workers share one machine's memory and hand objects on; here
each shop opens its own table alone, and what leaves it are the bytes of a message.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from flwr.common import Error, Message, RecordDict
from flwr.common.constant import ErrorCode
from flwr.common.serde import message_from_proto, message_to_proto
from flwr.proto.message_pb2 import Message as MessageBytes
from flwr.server import Grid
from flwr.supercore.run import Run
from flwr.supercore.task_identity import TaskIdentity

from .agreed_terms import Terms
from .leaving import check_leaving
from .shop_process import BEGIN, MESSAGE, MOST_BYTES, serve_shop

FIRST_NODE, SERVER_NODE, RUN = 1001, 1, 1
START_SECONDS, STOP_SECONDS = 300.0, 5.0


class ShopLine:
    """The server's end of a shop: its process and the pipe to it."""

    def __init__(self, node: int, table: Path, agreed: Path) -> None:
        spawn = multiprocessing.get_context("spawn")
        self.node = node
        self.pipe, theirs = spawn.Pipe()
        self.process = spawn.Process(
            target=serve_shop, args=(theirs, node, table, agreed), daemon=True
        )
        self.process.start()
        theirs.close()

    def wait_for(self) -> None:
        """Until the shop has read its table; one that never does is found silent later."""
        with contextlib.suppress(EOFError, OSError):
            if self.pipe.poll(START_SECONDS):
                self.pipe.recv_bytes(MOST_BYTES)

    def send(self, frame: bytes) -> bool:
        """Whether the shop is there to take a frame."""
        try:
            self.pipe.send_bytes(frame)
        except OSError:
            return False
        return True

    def close(self) -> None:
        """End the process."""
        self.pipe.close()
        self.process.join(STOP_SECONDS)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


class PipeGrid(Grid):  # type: ignore[misc]
    """What Flower's workflows speak through. `seen` is given each message that left a shop."""

    def __init__(
        self,
        tables: Sequence[Path],
        agreed: Path,
        seen: Callable[[int, bytes], None] = lambda node, sent: None,
    ) -> None:
        self._terms, self._seen = Terms.read(agreed), seen
        TaskIdentity.run_id, TaskIdentity.node_id, TaskIdentity.task_id = RUN, SERVER_NODE, RUN
        self.shops = [ShopLine(FIRST_NODE + at, table, agreed) for at, table in enumerate(tables)]
        for shop in self.shops:  # how long they take to start is no matter of a round
            shop.wait_for()
        self.refused = 0
        """Answers that were not on the list."""
        self.silent: set[int] = set()
        """Shops that did not answer something, or not as agreed, since this was emptied."""

    def begin(self, epsilon: float, rounds: int, bounded: bool = True) -> None:
        """Each shop's own people start a training there; nothing of it goes through the server."""
        told = {"epsilon": epsilon, "rounds": rounds, "bounded": bounded}
        for shop in self.shops:
            shop.send(BEGIN + json.dumps(told).encode())

    def close(self) -> None:
        """End all shops."""
        for shop in self.shops:
            shop.close()

    def get_node_ids(self) -> Iterable[int]:
        """All shops, also those that are gone."""
        return [shop.node for shop in self.shops]

    def present(self) -> set[int]:
        """The shops to begin a round with: Flower's SecAgg+ bears the loss of one only after it has
        shared its keys. Whoever was silent is left out of one round, and tried again."""
        silent, self.silent = self.silent, set()
        return {shop.node for shop in self.shops if shop.process.is_alive()} - silent

    def send_and_receive(
        self, messages: Iterable[Message], *, timeout: float | None = None
    ) -> Iterable[Message]:
        """The answers that came in time and hold what they may; a shop without one drops out."""
        asked: dict[Connection, Message] = {}
        lines = {shop.node: shop for shop in self.shops}
        for message in messages:
            line = lines[message.metadata.dst_node_id]
            message.metadata.__dict__["_message_id"] = str(uuid.uuid4())
            self.silent.add(line.node)
            if line.send(MESSAGE + message_to_proto(message).SerializeToString()):
                asked[line.pipe] = message
        return list(self._answers(asked, timeout or self._terms.seconds))

    def _answers(self, asked: dict[Connection, Message], seconds: float) -> Iterator[Message]:
        until = time.monotonic() + seconds
        while asked and (left := until - time.monotonic()) > 0:
            for pipe in wait(list(asked), left):
                assert isinstance(pipe, Connection)  # noqa: S101  nothing else was asked
                try:
                    frame = pipe.recv_bytes(MOST_BYTES)
                except (EOFError, OSError):
                    del asked[pipe]
                    continue
                reply = self._taken(frame, asked[pipe])
                if reply is not None:
                    del asked[pipe]
                    yield reply

    def _taken(self, frame: bytes, asked: Message) -> Message | None:
        """A reply as Flower reads it; None if it answers something that was given up."""
        node = asked.metadata.dst_node_id
        self._seen(node, frame)
        try:
            reply = message_from_proto(MessageBytes.FromString(frame))
            if reply.metadata.reply_to_message_id != asked.metadata.message_id:
                return None
            if reply.metadata.src_node_id != node:
                raise ValueError("an answer in another shop's name")
            if not reply.has_error():
                check_leaving(reply.content, self._terms)
        except Exception:  # whatever a shop sends, it only loses its own part
            self.refused += 1
            return _lost(asked)
        self.silent.discard(node)
        return reply

    def set_run(self, run: Any) -> None:
        """There is one."""

    @property
    def run(self) -> Run:
        """The only one."""
        return Run.create_empty(RUN)

    def get_nodes(self) -> Iterable[Any]:
        """Nothing asks for them."""
        raise NotImplementedError

    def create_message(
        self,
        content: RecordDict,
        message_type: str,
        dst_node_id: int,
        group_id: str,
        ttl: float | None = None,
    ) -> Message:
        """A message to a shop."""
        return Message(
            content, dst_node_id=dst_node_id, message_type=message_type, group_id=group_id, ttl=ttl
        )

    def push_messages(self, messages: Iterable[Message]) -> Iterable[str]:
        """Workflows send and receive in one."""
        raise NotImplementedError

    def pull_messages(self, message_ids: Iterable[str]) -> Iterable[Message]:
        """Workflows send and receive in one."""
        raise NotImplementedError


def _lost(asked: Message) -> Message:
    refused = Error(code=ErrorCode.UNKNOWN, reason="not on the list")
    return Message(refused, reply_to=asked)
