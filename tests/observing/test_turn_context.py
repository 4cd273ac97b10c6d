import asyncio

from switchboard.observing.pseudonyms import LogNames, read_key
from switchboard.observing.turn_context import current_turn, enter_turn, note_route, turn_of


def test_a_turn_within_one_of_the_same_conversation_is_that_one():
    with turn_of("a") as outer:
        with turn_of("a") as inner:
            assert inner is outer
        with turn_of("b") as other:
            assert other.id != outer.id
        assert current_turn() is outer
    assert current_turn() is None


async def test_threads_and_tasks_inherit_it():
    with turn_of("a") as turn:
        assert await asyncio.to_thread(current_turn) is turn
        assert await asyncio.create_task(asyncio.sleep(0, current_turn())) is turn


def test_an_id_from_elsewhere_is_taken_only_if_it_is_one():
    with turn_of("around"):
        assert enter_turn("a", "0123456789abcdef").id == "0123456789abcdef"
        for wrong in ("", "x" * 16, "0123456789abcdef\n", "0" * 17):
            assert enter_turn("a", wrong).id != wrong


def test_a_route_is_noted_for_its_own_conversation_alone():
    with turn_of("a") as turn:
        note_route("b", "open")
        assert turn.route == ""
        note_route("a", "known")
        assert turn.route == "known"
    note_route("a", "open")  # outside of a turn: nothing


def test_pseudonyms_need_the_key(tmp_path):
    one, other = LogNames(b"one"), LogNames(b"other")
    assert one.of("telegram:5") == LogNames(b"one").of("telegram:5")
    assert one.of("telegram:5") != other.of("telegram:5")
    assert "telegram" not in one.of("telegram:5")


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path):
    path = tmp_path / "var" / "log.key"
    key = read_key("", path)
    assert len(key) == 64
    assert read_key("", path) == key
    assert read_key("given", path) == b"given"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in path.parent.iterdir()] == ["log.key"]


def test_where_no_key_can_be_kept_it_lasts_as_long_as_the_process(tmp_path):
    (tmp_path / "file").write_text("")
    assert len(read_key("", tmp_path / "file" / "log.key")) == 64
