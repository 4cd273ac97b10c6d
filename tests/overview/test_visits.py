"""What a visit came to, case by case."""

import pytest

from switchboard.conversations.routes import Route
from switchboard.overview.visits import PAUSE, Outcome, TurnSeen, Why, read_visits


def known(intent="check_refund_policy", result="answered", **more):
    return {"route": "known", "intent": intent, "result": result, **more}


def asked(question="can I wash it?", found="model", **more):
    return {
        "route": "open",
        "intent": "nlu_fallback",
        "question": question,
        "found": found,
        "result": "answered",
        **more,
    }


def person(**more):
    return {"route": "person", "intent": "contact_human_agent", **more}


GREET, THANK, INFORM = known("greet"), known("thank"), known("inform")
FORM, DONE = known("track_order", "asking"), known("inform", "answered")
CASES = {
    "a fixed answer": ([known()], "solved", ""),
    "greeted, answered, thanked": ([GREET, known(), THANK], "solved", ""),
    "only greeted": ([GREET, THANK], "nothing", ""),
    "rated only": ([known("rate_service")], "nothing", ""),
    "a form to its end": ([FORM, DONE], "solved", ""),
    "a form left in the middle": ([FORM], "unsure", "left"),
    "a form left at its second question": ([FORM, known("inform", "asking")], "unsure", "left"),
    "a form stopped": ([FORM, known("stop", "stopped")], "unsure", "left"),
    "a form stopped, then something else": (
        [FORM, known("stop", "stopped"), known()],
        "solved",
        "",
    ),
    "the form's own intent again inside it": ([FORM, known("track_order")], "solved", ""),
    "the order system was down": ([FORM, known("inform", "failed")], "unsure", "no answer"),
    "not understood": ([known("unclear_intent", "asking")], "unsure", "no answer"),
    "an open answer": ([asked()], "solved", ""),
    "from an article": ([asked(found="article")], "solved", ""),
    "an open question without an answer": ([asked(found="nowhere")], "unsure", "no answer"),
    "asked back and gone": ([asked(found="ask", result="asking")], "unsure", "no answer"),
    "asked back and chosen": (
        [asked(found="ask", result="asking"), known("choose_article")],
        "solved",
        "",
    ),
    "unanswered, then something answered": ([asked(found="nowhere"), known()], "solved", ""),
    "answered, then something unanswered": (
        [known(), asked(found="nowhere")],
        "unsure",
        "no answer",
    ),
    "the same wish twice in a row": ([known(), known()], "unsure", "again"),
    "the same wish with another between": ([known(), known("track_order"), known()], "solved", ""),
    "the same question twice": (
        [asked("can I wash it?"), asked("Can I wash it")],
        "unsure",
        "again",
    ),
    "two questions": ([asked("can I wash it?"), asked("who made the blue lamp")], "solved", ""),
    "displeased at the end": ([known(), known("deny", level="displeased")], "unsure", "displeased"),
    "displeased before the answer to the last wish": (
        [known("deny", level="angry"), known(level="calm")],
        "solved",
        "",
    ),
    "the last wish itself displeased": ([known(level="displeased")], "unsure", "displeased"),
    "displeased in a row from before levels": ([known(mood=0.5)], "unsure", "displeased"),
    "not quite, from before levels": ([known(mood=0.49)], "solved", ""),
    "a calm level outranks the anger": ([known(mood=0.7, level="calm")], "solved", ""),
    "asked for a person": ([known(), person()], "person", ""),
    "handed over by the answer": ([asked(found="person")], "person", ""),
    "back from a person and answered": ([person(), known()], "person", ""),
    "from before results": ([known(result="")], "solved", ""),
}


def seen(turns, start=0.0, step=60.0):
    return [TurnSeen(start + step * i, "rest", **turn) for i, turn in enumerate(turns)]


@pytest.mark.parametrize("name", CASES)
def test_what_it_came_to(name):
    turns, outcome, why = CASES[name]
    (visit,) = read_visits(seen(turns))
    assert (visit.outcome.value, visit.why.value) == (outcome, why)


def test_a_conversation_begins_anew_after_six_hours():
    turns = [*seen([known()]), *seen([known("track_order")], PAUSE - 1), *seen([GREET], 2 * PAUSE)]
    assert [(v.began_at, v.ended_at) for v in read_visits(turns)] == [
        (0.0, PAUSE - 1),
        (2 * PAUSE, 2 * PAUSE),
    ]


def test_who_comes_back_with_the_same_within_a_day_was_not_served():
    def outcomes(after, wish):
        later = seen([GREET, known(wish)], after)
        return [visit.outcome for visit in read_visits([*seen([known()]), *later])]

    solved, unsure = Outcome.SOLVED, Outcome.UNSURE
    assert outcomes(8 * 3600, "check_refund_policy") == [unsure, solved]
    assert outcomes(8 * 3600, "track_order") == [solved, solved]
    assert outcomes(25 * 3600, "check_refund_policy") == [solved, solved]


def test_a_visit_that_may_go_on_is_not_judged():
    turns = seen([known()], 1000.0)
    assert read_visits(turns, now=1000.0 + PAUSE - 1)[0].outcome is Outcome.GOING_ON
    assert read_visits(turns, now=1000.0 + PAUSE)[0].outcome is Outcome.SOLVED
    assert read_visits(seen([person()]), now=1.0)[0].outcome is Outcome.PERSON


def test_a_ticket_belongs_to_the_visit_in_which_it_was_opened():
    turns = [*seen([asked(found="nowhere")]), *seen([known()], 3 * PAUSE)]
    first, second = read_visits(turns, opened=[30.0])
    assert (first.outcome, second.outcome) == (Outcome.PERSON, Outcome.SOLVED)
    first, second = read_visits(turns, opened=[2 * PAUSE])
    assert (first.why, second.outcome) == (Why.NO_ANSWER, Outcome.SOLVED)


def test_the_route_is_the_furthest():
    def route(*turns):
        return read_visits(seen(turns))[0].route

    assert route(known(), GREET) is Route.KNOWN
    assert route(known(), asked(), known()) is Route.OPEN
    assert route(known(), asked(), person(), known()) is Route.PERSON
