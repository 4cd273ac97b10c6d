"""What a turn came to, by the names of its replies."""

import pytest
import yaml

from switchboard.conversations.turn_result import ASKS_BACK, BROKEN_OFF, COULD_NOT, result_of
from switchboard.project import PROJECT


@pytest.mark.parametrize(
    ("replies", "in_form", "result"),
    [
        ([], False, ""),
        (["utter_check_refund_policy"], False, "answered"),
        (["say_track_order_shipped", "say_next_request"], False, "answered"),
        (["say_ask_order_number"], True, "asking"),
        (["say_check_refund_policy"], True, "asking"),  # answered between, the form goes on
        (["say_what_about"], False, "asking"),
        (["utter_stopped"], False, "stopped"),
        (["say_left_as_is"], False, "stopped"),
        (["say_order_system_down"], False, "failed"),
        (["say_order_system_down", "utter_ask_return_item_reason"], True, "failed"),
        (["say_open_unknown", "say_handoff_open"], False, "failed"),
    ],
)
def test_what_it_came_to(replies, in_form, result):
    assert result_of(replies, in_form).value == result


def test_every_reply_that_is_named_exists():
    known = set()
    for folder, key in (("replies", "replies"), ("responses", "responses")):
        for path in (PROJECT / "data" / folder).glob("*.yml"):
            known |= set(yaml.safe_load(path.read_text(encoding="utf-8"))[key])
    assert known >= COULD_NOT | ASKS_BACK | BROKEN_OFF
