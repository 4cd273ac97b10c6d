"""A shop as a process of its own: it opens its own table, and answers Flower's messages."""

from __future__ import annotations

import contextlib
import json
import sys
from multiprocessing.connection import Connection
from pathlib import Path

from flwr.client import ClientApp
from flwr.client.mod import secaggplus_mod
from flwr.common import Context, Error, Message, RecordDict
from flwr.common.constant import ErrorCode
from flwr.common.serde import message_from_proto, message_to_proto
from flwr.proto.message_pb2 import Message as MessageBytes

from .agreed_terms import Terms
from .heads import Table
from .leaving import check_leaving
from .quiet import hush
from .shop_client import ShopClient

MOST_BYTES = 1 << 24
"""Of a message; an update of 400 labels has a tenth."""
READY, BEGIN, MESSAGE = b"R", b"B", b"M"
"""How a frame begins: the shop has read its table; its own people start a training; a message of
the server."""


def serve_shop(pipe: Connection, node: int, table: Path, agreed: Path) -> None:
    """Answer until the other end is gone."""
    hush()
    terms, shop = Terms.read(agreed), None
    own = Table.read(table)
    with contextlib.suppress(EOFError, OSError):  # the server is gone
        pipe.send_bytes(READY)
        while True:
            frame = pipe.recv_bytes(MOST_BYTES)
            if frame[:1] == BEGIN:
                shop = _Training(node, own, terms, **json.loads(frame[1:]))
            elif shop is not None:
                pipe.send_bytes(shop.answer(frame[1:]))


class _Training:
    """One training: the client with its budget, and what Flower keeps between messages."""

    def __init__(
        self, node: int, table: Table, terms: Terms, epsilon: float, rounds: int, bounded: bool
    ) -> None:
        client = ShopClient(table, terms, epsilon, rounds, bounded)
        self._terms = terms
        self._app = ClientApp(client_fn=lambda context: client.to_client(), mods=[secaggplus_mod])
        self._context = Context(
            run_id=1, node_id=node, node_config={}, state=RecordDict(), run_config={}
        )

    def answer(self, frame: bytes) -> bytes:
        """The reply; of what went wrong, only that it did: reasons could quote a message."""
        asked = message_from_proto(MessageBytes.FromString(frame))
        try:
            reply = self._app(asked, self._context)
            check_leaving(reply.content, self._terms)
        except Exception as error:
            print(f"a shop refuses: {error}", file=sys.stderr, flush=True)
            refused = Error(code=ErrorCode.CLIENT_APP_RAISED_EXCEPTION, reason="refused")
            reply = Message(refused, reply_to=asked)
        sent: bytes = message_to_proto(reply).SerializeToString()
        return sent
