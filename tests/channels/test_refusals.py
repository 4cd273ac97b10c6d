"""What each refusal of a platform is taken for: whether, and when, the message is sent again."""

import json

import pytest

from switchboard.channels.facebook import graph_api
from switchboard.channels.platform import FINAL, Trouble, Undelivered
from switchboard.channels.platform_client import ACCESS_SECONDS, MAX_PAUSE, PlatformReply
from switchboard.channels.telegram import bot_api as telegram_api
from switchboard.channels.telegram.bot_api import CONFLICT, CONFLICT_SECONDS, TelegramApi
from tests.fakes.bot_api_server import TOKEN, refuse
from tests.fakes.graph_server import error

ACCESS, BLOCKED, DOWN = Trouble.ACCESS, Trouble.BLOCKED, Trouble.DOWN
INVALID, RATE, UNSURE, WINDOW = Trouble.INVALID, Trouble.RATE, Trouble.UNSURE, Trouble.WINDOW

TELEGRAM = [  # status, description, parameters, trouble, seconds
    (429, "Too Many Requests: retry after 7", {"retry_after": 7}, RATE, 7),
    (429, "Too Many Requests: retry after 99999", {"retry_after": 99999}, RATE, MAX_PAUSE),
    (429, "Too Many Requests", {}, RATE, 0),
    (429, "Too Many Requests", {"retry_after": "soon"}, RATE, 0),
    (429, "Too Many Requests", {"retry_after": -5}, RATE, 0),
    (429, "Too Many Requests", {"retry_after": 10**400}, RATE, 0),
    (401, "Unauthorized", {}, ACCESS, ACCESS_SECONDS),
    (404, "Not Found", {}, ACCESS, ACCESS_SECONDS),
    (409, "Conflict: terminated by other getUpdates request", {}, ACCESS, CONFLICT_SECONDS),
    (409, "Conflict: can't use getUpdates method while webhook is active", {}, ACCESS, 10),
    (403, "Forbidden: bot was blocked by the user", {}, BLOCKED, 0),
    (403, "Forbidden: user is deactivated", {}, BLOCKED, 0),
    (403, "Forbidden: bot was kicked from the supergroup chat", {}, BLOCKED, 0),
    (403, "Forbidden: bot can't initiate conversation with a user", {}, BLOCKED, 0),
    (403, "Forbidden: bot is not a member of the channel chat", {}, BLOCKED, 0),
    (400, "Bad Request: USER_IS_BLOCKED", {}, BLOCKED, 0),
    (400, "Bad Request: INPUT_USER_DEACTIVATED", {}, BLOCKED, 0),
    (400, "Bad Request: not enough rights to send text messages to the chat", {}, BLOCKED, 0),
    (400, "Bad Request: chat not found", {}, INVALID, 0),
    (400, "Bad Request: message text is empty", {}, INVALID, 0),
    (400, "Bad Request: can't parse entities", {}, INVALID, 0),
    (400, "Bad Request: group chat was upgraded", {"migrate_to_chat_id": "x"}, INVALID, 0),
    (413, "Request Entity Too Large", {}, INVALID, 0),
    (500, "Internal Server Error", {}, DOWN, 0),
    (502, "Bad Gateway", {}, DOWN, 0),
]

GRAPH = [  # status, code, subcode, trouble, seconds
    (400, 4, None, RATE, 0),
    (400, 9, 2018352, RATE, 0),
    (400, 17, None, RATE, 0),
    (400, 32, None, RATE, 0),
    (400, 341, None, RATE, 0),
    (400, 613, None, RATE, 0),
    (400, 80006, None, RATE, 0),
    (403, 80002, None, RATE, 0),
    (429, None, None, RATE, 0),
    (401, 190, None, ACCESS, ACCESS_SECONDS),
    (400, 190, 460, ACCESS, ACCESS_SECONDS),
    (400, "190", None, ACCESS, ACCESS_SECONDS),
    (400, 102, None, ACCESS, ACCESS_SECONDS),
    (403, 10, None, ACCESS, ACCESS_SECONDS),
    (403, 200, 2018028, ACCESS, ACCESS_SECONDS),
    (403, 230, None, ACCESS, ACCESS_SECONDS),
    (400, 368, None, ACCESS, ACCESS_SECONDS),
    (400, 10, 2018278, WINDOW, 0),
    (400, 10, 2018065, WINDOW, 0),
    (400, 10, 2534022, WINDOW, 0),
    (403, 10, 2018278, WINDOW, 0),
    (400, 10, 2018108, BLOCKED, 0),
    (400, 551, None, BLOCKED, 0),
    (403, 551, 1545041, BLOCKED, 0),
    (403, 200, 1545041, BLOCKED, 0),
    (400, 10, 2018300, INVALID, 0),
    (400, 100, 2018001, INVALID, 0),
    (400, 100, 2018109, INVALID, 0),
    (400, 100, 33, INVALID, 0),
    (400, 506, None, INVALID, 0),
    (500, 1, None, DOWN, 0),
    (400, 1, 99, DOWN, 0),
    (500, 2, None, DOWN, 0),
    (400, 1200, None, DOWN, 0),
    (500, -1, None, DOWN, 0),
    (503, None, None, DOWN, 0),
]
ODD = [None, True, [], {}, "", "many", 5.5, 10**300, [190], {"code": 190}]


def reply(status, data, **headers):
    return PlatformReply(status, headers, json.loads(json.dumps(data)))


@pytest.mark.parametrize(("status", "words", "parameters", "trouble", "seconds"), TELEGRAM)
def test_telegram(status, words, parameters, trouble, seconds):
    refused = telegram_api.read_refusal(reply(*refuse(status, words, **parameters)))
    assert (refused.trouble, refused.retry_after) == (trouble, seconds)
    assert words not in str(refused), "an operator's line holds nothing that came from outside"


@pytest.mark.parametrize(("status", "code", "subcode", "trouble", "seconds"), GRAPH)
def test_graph(status, code, subcode, trouble, seconds):
    refused = graph_api.read_refusal(reply(*error(status, code, subcode)))
    assert (refused.trouble, refused.retry_after) == (trouble, seconds)
    assert (trouble in FINAL) == (trouble in (WINDOW, BLOCKED, INVALID))


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_an_error_of_any_shape_is_read(odd):
    for status in (200, 400, 500):
        for data in ({"error": odd}, {"error": {"code": odd, "error_subcode": odd}}):
            graph_api.read_refusal(reply(status, data))
        told = {"ok": odd, "error_code": odd, "description": odd, "parameters": odd}
        telegram_api.read_refusal(reply(status, told))
        telegram_api.read_refusal(reply(429, {"parameters": {"retry_after": odd}}))


def test_a_transient_error_goes_later():
    told = {"error": {"code": 100, "is_transient": True}}
    assert graph_api.read_refusal(reply(400, told)).trouble is DOWN


def test_what_is_no_answer_of_telegrams_leaves_open_whether_it_arrived():
    assert telegram_api.read_refusal(reply(200, {})).trouble is UNSURE
    told = {"ok": False, "error_code": 403, "description": "Forbidden: bot was blocked by the user"}
    assert telegram_api.read_refusal(reply(200, told)).trouble is BLOCKED


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("3", 3), ("inf", MAX_PAUSE), ("nan", 0), ("-1", 0), ("", 0), ("soon", 0), ("1e9", MAX_PAUSE)],
)
def test_a_pause_is_a_number_of_seconds(header, seconds):
    told = reply(429, {}, **{"Retry-After": header})
    assert graph_api.read_refusal(told).retry_after == seconds
    assert telegram_api.read_refusal(told).retry_after == seconds


async def test_a_group_that_moved_is_followed_once(bot_api):
    api = TelegramApi(bot_api.url, TOKEN)
    bot_api.migrated.update({-7: -8, -9: -10, -10: -9})
    try:
        await api.call("sendMessage", {"chat_id": -7, "text": "hello"})
        with pytest.raises(Undelivered) as raised:
            await api.call("sendMessage", {"chat_id": -9, "text": "hello"})
    finally:
        await api.close()
    asked = [asked["chat_id"] for asked in bot_api.called("sendMessage")]
    assert asked == [-7, -8, -9, -10]
    assert raised.value.trouble is INVALID


async def test_a_conflict_is_named(bot_api):
    api = TelegramApi(bot_api.url, TOKEN)
    bot_api.conflicts = 1
    try:
        with pytest.raises(Undelivered, match=CONFLICT):
            await api.call("getUpdates", {"offset": 0})
    finally:
        await api.close()
