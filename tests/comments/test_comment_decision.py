"""What becomes of a comment, for each reading of it."""

import dataclasses

import pytest

from switchboard.comments.comment import PostComment
from switchboard.comments.comment_decision import CommentAct, decide_at_once, decide_comment
from switchboard.comments.comment_intake import READ_FOR_EACH, CommentIntake
from switchboard.comments.comment_reading import read_parse
from switchboard.comments.comment_rules import load_comment_rules, room_taken
from switchboard.shop.policy import load_policy
from tests.comments.conftest import parsed

TOPICS = {"track_order", "delivery_period", "report_damaged_item", "review", "complaint"}


@pytest.fixture
def rules(shop_data):
    return load_comment_rules(shop_data, load_policy(shop_data / "policy.yml"))


def comment(text, **more):
    return PostComment("facebook", "1", "1_5", more.pop("id", "5_9"), "77", text, **more)


def decided(rules, text, data=None, **more):
    return decide_comment(comment(text, **more), read_parse(data or parsed()), rules, TOPICS)


@pytest.mark.parametrize(
    ("text", "data", "act"),
    [
        ("how long is delivery", parsed("delivery_period"), CommentAct.ANSWER),
        ("is it waterproof?", parsed(), CommentAct.ANSWER),
        ("a lamp", parsed(), CommentAct.LEAVE),
        ("so pretty", parsed(level="glad"), CommentAct.THANK),
        ("it broke at once", parsed("report_damaged_item"), CommentAct.PERSON),
        ("my parcel!!", parsed("negative_sentiment", cause="anger"), CommentAct.PERSON),
        ("overpriced junk", parsed("negative_sentiment", cause="anger"), CommentAct.LEAVE),
        ("this will burn down", parsed("negative_sentiment", cause="safety"), CommentAct.PERSON),
        ("get me a person", parsed("contact_human_agent"), CommentAct.PERSON),
        ("wo ist mein Paket?", parsed("track_order", language="de"), CommentAct.LEAVE),
        ("you bastards", parsed(), CommentAct.LEAVE),
        ("you bastards lost my parcel", parsed(cause="anger"), CommentAct.LEAVE),
    ],
)
def test_the_kind_of_a_comment(rules, text, data, act):
    assert decided(rules, text, data).act is act


@pytest.mark.parametrize(
    "text", ["", " ", "😀👍", "@anna", "#sale #home", "https://a.example/x", "…"]
)
def test_what_has_no_words_is_left_alone(rules, text):
    assert decide_at_once(comment(text), rules).why in ("no words", "to somebody else")


def test_the_shops_own_name_is_nobody_else(rules):
    assert decide_at_once(comment("@tidewick how long?"), rules) is None
    assert decide_at_once(comment("@anna how long?"), rules).why == "to somebody else"
    assert decide_at_once(comment("@anna how long?", to_us=True), rules) is None


def test_the_pages_own_comments_are_nothing(rules):
    own = dataclasses.replace(comment("Is it waterproof?"), author="1")
    assert not decide_at_once(own, rules).speaks
    assert not decide_at_once(dataclasses.replace(own, author=""), rules).speaks


def test_nothing_is_done_on_a_platform_that_is_off(rules):
    assert decide_at_once(dataclasses.replace(comment("hm?"), platform="x"), rules).why == "off"


@pytest.mark.parametrize(
    "text",
    ["order 48213?", "I'm at lena.fisher@example.org, how long?", "how long? +44 20 7946 0123"],
)
def test_personal_data_keeps_the_answer_private(rules, text):
    numbered = [{"entity": "order_number", "value": "48213"}] if "48213" in text else []
    found = decided(rules, text, parsed("delivery_period", entities=numbered))
    assert (found.public, found.alone) == ("", "")
    assert found.private
    assert not found.hide
    hiding = dataclasses.replace(rules, hide={"personal": True})
    assert decided(hiding, text, parsed("delivery_period", entities=numbered)).hide


def test_a_complaint_says_nothing_in_public_unless_the_shop_wrote_it(rules):
    angry = parsed("negative_sentiment", level="angry", cause="anger")
    assert decided(rules, "my parcel is lost", angry).public == ""
    wordy = dataclasses.replace(rules, public={**rules.public, "complaint": {"en": "Sorry."}})
    assert decided(wordy, "my parcel is lost", angry).public == "Sorry."


def test_abuse_with_a_matter_goes_to_a_person_and_is_hidden(rules):
    hiding = dataclasses.replace(rules, hide={"abuse": True})
    angry = parsed("negative_sentiment", level="angry", cause="anger")
    found = decided(hiding, "you bastards lost my parcel", angry)
    assert (found.act, found.hide, found.public) == (CommentAct.PERSON, True, "")


def test_nothing_of_the_comment_is_said_again(rules):
    for data in (parsed(), parsed("delivery_period"), parsed(level="glad")):
        found = decided(rules, "Zanzibar quokka? my xylophone", data)
        said = f"{found.public}{found.alone}{found.private}".lower()
        assert not {word for word in ("zanzibar", "quokka", "xylophone") if word in said}


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", ["question", "complaint"])
def test_the_first_words_in_private_name_the_machine_and_the_notice(rules, kind, language):
    said = rules.private[kind][language]
    assert "tidewick.example/privacy" in said
    assert "automat" in said or "自动" in said


def test_public_texts_fit_every_platform(rules):
    texts = [*rules.answers.values(), *rules.thanks, *rules.public.values()]
    assert all(room_taken(form) <= 280 for forms in texts for form in forms.values())
    assert all("{" not in form for forms in texts for form in forms.values())


def test_a_reply_to_somebody_is_answered_only_if_it_asks_something_known(rules):
    assert decided(rules, "really?", is_reply=True).act is CommentAct.LEAVE
    known = decided(rules, "how long?", parsed("delivery_period"), is_reply=True)
    assert known.act is CommentAct.ANSWER


def test_a_post_is_read_only_so_often_within_an_hour(rules):
    now = [0.0]
    intake = CommentIntake(dataclasses.replace(rules, per_post_hour=2), lambda: now[0])
    admitted = [intake.admits(comment("hm?", id=str(n))) for n in range(30)]
    assert sum(admitted) == 2 * READ_FOR_EACH
    assert intake.admits(dataclasses.replace(comment("hm?"), post="1_6"))
    now[0] = 3700.0
    assert intake.admits(comment("hm?"))
    hiding = dataclasses.replace(rules, per_post_hour=1, hide={"abuse": True})
    intake = CommentIntake(hiding, lambda: 0.0)
    assert [intake.admits(comment("you scum")) for _ in range(30)] == [True] * 30


def test_hostile_text_takes_no_time(rules):
    for text in ("@" * 5000, "a." * 5000, "how " * 3000, "http://" * 2000, "1" * 9000):
        decided(rules, text)
