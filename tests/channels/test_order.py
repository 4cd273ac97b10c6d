"""Each arrival carries the platform's own order, whichever connection it came over."""

import math

from switchboard.channels.facebook.facebook_arrivals import read_arrivals
from switchboard.channels.telegram.telegram_arrivals import read_arrival
from switchboard.channels.x import x_deliveries
from switchboard.clock import epoch_now
from tests.fakes import bot_api_server as telegram
from tests.fakes import graph_server as facebook
from tests.fakes import x_server as x

AT = 1_780_000_000_000


def orders(*events, at=AT):
    found = read_arrivals(facebook.batch(*({**event, "timestamp": at} for event in events)))
    return [arrival.order for arrival in found]


def test_telegram_counts_its_updates():
    first, second = telegram.said(5, "one"), telegram.said(5, "two")
    pressed = telegram.pressed(5, "1:0")
    edit = telegram.edited(first, "once")
    found = [read_arrival(update) for update in (first, second, pressed, edit)]
    assert [arrival.order for arrival in found] == sorted(arrival.order for arrival in found)
    assert found[0].order == float(first["update_id"])


def test_messenger_tells_the_time_and_a_delivery_the_rest():
    event = facebook.said(1, "one")
    (early,), (late,) = orders(event, at=AT), orders(event, at=AT + 1)
    several = orders(*(facebook.said(1, str(number)) for number in range(900)))
    assert early == several[0] == AT
    assert several == sorted(set(several)), "those of one millisecond stay apart"
    assert late > several[-1]


def x_orders(*events):
    found = x_deliveries.read_arrivals(x.batch(*events), x.ACCOUNT)
    return [arrival.order for arrival in found]


def test_x_tells_the_time_and_the_ids_the_rest():
    early, late = x_orders(x.said(1, "one", at=AT / 1000), x.said(1, "two", at=AT / 1000 + 0.001))
    first = 1_950_000_000_000_000_000 & ~0x3FFFFF
    several = x_orders(*(x.said(1, "x", number=first + n * 4096, at=AT / 1000) for n in range(900)))
    assert int(early) == AT
    assert early < late
    assert several == sorted(set(several))
    assert int(several[-1]) == AT


def test_a_time_on_x_that_cannot_be_is_the_present():
    for at in ("", "x", "99999999999999999999", "0", 1516403560557, None, [], "９"):
        event = {**x.said(1, "one"), "created_timestamp": at}
        (order,) = x_orders(event)
        assert abs(order - epoch_now() * 1000) < 60_000, at


def test_a_time_that_cannot_be_is_the_present():
    wrong = [9223372036854775807, 10**300, -1, 0, True, "1780000000000", None, math.inf, [], {}]
    for at in wrong:
        (order,) = orders(facebook.said(1, "one"), at=at)
        assert abs(order - epoch_now() * 1000) < 60_000, at
