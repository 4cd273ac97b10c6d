"""The whole assistant with the fake platforms before it."""

from __future__ import annotations

import json

from tests.fakes import bot_api_server as telegram
from tests.fakes import cloud_api_server as whatsapp
from tests.fakes import graph_server as facebook
from tests.fakes import x_server
from tests.fakes.transcription_server import FakeTranscription
from tests.fakes.wechat_server import FakeWechat
from tests.fakes.wecom_server import FakeWecom
from tests.live.system import System


class Platforms:
    def __init__(self, folder, seeded_shop, **more):
        self.graph, self.bot_api = facebook.FakeGraph(), telegram.FakeBotApi()
        self.cloud_api, self.fake_x = whatsapp.FakeCloudApi(), x_server.FakeX()
        self.wechat, self.wecom = FakeWechat(), FakeWecom()
        self.transcription = FakeTranscription()
        self._fakes = (
            *(self.graph, self.bot_api, self.cloud_api, self.transcription),
            *(self.wechat, self.wecom, self.fake_x),
        )
        settings = {k: v for fake in self._fakes for k, v in fake.environment.items()}
        settings |= {"SWITCHBOARD_CUSTOMER_NAMES": "yes", **more}
        self.system = System(folder, seeded_shop, **settings)

    def stop(self):
        self.system.stop()
        self.graph.close()
        self.bot_api.close()
        self.cloud_api.close()
        self.wechat.close()
        self.wecom.close()
        self.fake_x.close()
        self.transcription.close()

    def telegram(self, chat, text, count=1, **more):
        """Write on Telegram; the texts that came back."""
        before = len(self.bot_api.texts(chat))
        assert telegram.deliver(self.system.url, telegram.said(chat, text, **more)) == 200
        return [
            text.replace("\\", "") for text in self.bot_api.wait_for(chat, before + count)[before:]
        ]

    def messenger(self, chat, text, count=1, **more):
        before = len(self.graph.texts(chat))
        event = facebook.batch(facebook.said(chat, text, **more))
        assert facebook.deliver(self.system.url, event) == 200
        return self.graph.wait_for(chat, before + count)[before:]

    def whatsapp(self, customer, text, count=1, **more):
        before = len(self.cloud_api.texts(customer))
        message = whatsapp.batch(whatsapp.said(customer, text, **more))
        assert whatsapp.deliver(self.system.url, message) == 200
        return self.cloud_api.wait_for(customer, before + count)[before:]

    def on_x(self, customer, text, count=1, **more):
        """Write a direct message on X; the texts that came back."""
        before = len(self.fake_x.texts(customer))
        event = x_server.batch(x_server.said(customer, text, **more))
        assert x_server.deliver(self.system.url, event) == 200
        return self.fake_x.wait_for(customer, before + count)[before:]

    def heard(self, conversation):
        rows = self.system.run(
            "SELECT data FROM conversation_events WHERE conversation_id=? AND kind='user' ORDER BY id",
            conversation,
        )
        return [json.loads(row[0])["text"] for row in rows]
