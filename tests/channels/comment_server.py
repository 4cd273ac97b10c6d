"""A server of comments in a process of its own, which a test kills: `python -m … <port>`."""

from __future__ import annotations

import asyncio
import sys

from sanic import Sanic

from switchboard.channels.facebook.facebook_input import FacebookInput
from tests.channels.conftest import ScriptedAgent
from tests.comments.conftest import parsed


async def _parse(_text):
    await asyncio.sleep(0.05)
    return parsed("delivery_period")


async def _no_turn(_message):
    return None


def main(port: int) -> None:
    Sanic.test_mode = True
    app = Sanic("comments")
    app.ctx.agent = ScriptedAgent()
    app.ctx.agent.parse_message = _parse
    channel = FacebookInput.from_credentials(None)
    app.blueprint(channel.blueprint(_no_turn), url_prefix="/webhooks/facebook")
    app.run("127.0.0.1", port, access_log=False)


if __name__ == "__main__":
    main(int(sys.argv[1]))
