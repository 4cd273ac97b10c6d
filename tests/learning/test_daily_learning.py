"""What conversations teach is proposed once a day by one process, and what failed is tried again."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from switchboard.clock import DAY
from switchboard.learning.daily_learning import DAYS, HOUR, DailyLearning


class Clock:
    def __init__(self):
        self.now = 1_000 * DAY

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def looks():
    return []


@pytest.fixture
def process(engine, clock, looks, tmp_path):
    """One of several processes on the same database."""

    def start(propose=lambda *given: looks.append(given)):
        return DailyLearning(engine, tmp_path, clock, propose)

    return start


def test_one_look_a_day_over_all_processes(process, clock, looks):
    first, second = process(), process()
    assert first.attend()
    assert not first.attend()
    assert not second.attend()
    clock.now += DAY - 1
    assert not second.attend()
    clock.now += 1
    assert second.attend()
    assert not first.attend()
    began = 1_000 * DAY
    assert looks[0] == (began - DAYS * DAY, began, -HOUR)
    assert looks[1] == (began + DAY - DAYS * DAY, began + DAY, began - HOUR)


def test_of_many_at_once_one_looks(process, looks):
    processes = [process() for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda one: one.attend(), processes)) == 1
    assert len(looks) == 1


def test_a_look_that_failed_is_tried_again_and_misses_nothing(process, clock, looks):
    process().attend()
    clock.now += DAY

    def fail(*_given):
        raise OSError("no disk")

    with pytest.raises(OSError):
        process(fail).attend()
    assert not process().attend()
    clock.now += HOUR
    assert process().attend()
    assert looks[1][2] == 1_000 * DAY - HOUR  # from the last look that was done


def test_it_can_be_turned_off(tmp_path):
    from switchboard.desk.desk_services import open_services
    from switchboard.settings import load_settings

    def opened(value):
        settings = {
            "SWITCHBOARD_LEARN_DAILY": value,
            "SWITCHBOARD_DATABASE_URL": f"sqlite:///{tmp_path / 'desk.db'}",
            "SWITCHBOARD_FILES_DIR": str(tmp_path / "files"),
        }
        return open_services(load_settings(settings))

    assert opened("no").learning is None
    assert opened("yes").learning is not None
