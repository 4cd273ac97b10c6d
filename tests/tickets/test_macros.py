"""Texts that agents say often: the file's and the edited ones, filled without surprises."""

import pytest

from switchboard.errors import ConfigurationError, MacroRefused
from switchboard.project import PROJECT as ROOT
from switchboard.tickets.macros import Macros
from switchboard.tickets.story import tell_story
from switchboard.tickets.ticket_book import TicketBook
from tests.fakes.tickets import ASKED


@pytest.fixture
def macros(engine, policy):
    return Macros(engine, ROOT / "data" / "canned.yml", policy)


@pytest.fixture
def ticket(engine):
    return open_ticket(engine, "en", "4711")


def open_ticket(engine, language, order):
    story = tell_story([], ASKED, order, False)
    return TicketBook(engine).open(f"{language}{order}", "telegram", story, language)[0]


def names(macros):
    return [macro.name for macro in macros.all()]


def test_the_files_texts_are_there_in_the_customers_language(engine, macros, ticket):
    assert "this is Ada" in macros.text("hello", ticket, "Ada")
    assert "我是Ada" in macros.text("hello", open_ticket(engine, "zh", "1"), "Ada")
    assert names(macros) == sorted(names(macros))
    assert not any(macro.edited for macro in macros.all())


def test_every_text_of_the_file_can_be_said(engine, macros, ticket):
    for language in ("en", "zh", "de"):
        other = open_ticket(engine, language, "7")
        assert all("{" not in macros.text(name, other, "Ada") for name in names(macros))


def test_an_edited_text_stands_before_the_files_until_it_is_forgotten(macros, ticket):
    before = macros.text("hello", ticket, "Ada")
    macros.save(" hello ", "Hi, {agent} here about {order}, {reference}.", "您好")
    macros.save("hello", "Hi again, {agent} here about {order}, {reference}.", "您好")
    assert macros.text("hello", ticket, "Ada") == (
        f"Hi again, Ada here about 4711, {ticket.reference}."
    )
    assert names(macros).count("hello") == 1
    macros.remove("hello")
    macros.remove("never there")
    assert macros.text("hello", ticket, "Ada") == before


def test_an_unknown_text_is_empty(macros, ticket):
    assert macros.text("nonsense", ticket, "Ada") == ""


@pytest.mark.parametrize("data", ["{x}", "{agent}", "{refunds_card_days}", "{", "}{", "{0}", "%s"])
def test_what_a_customer_wrote_is_no_placeholder(engine, macros, data):
    macros.save("about", "Order {order}, {agent}.", "订单{order}，{agent}。")
    ticket = open_ticket(engine, "en", data)
    assert macros.text("about", ticket, "{reference}") == f"Order {data}, {{reference}}."


@pytest.mark.parametrize(
    "unknown", ["{nonsense}", "{order number}", "{}", "{agent.name}", "{ORDER}"]
)
def test_an_unknown_placeholder_is_refused_in_either_language(macros, unknown):
    for texts in ((f"a {unknown}", "b"), ("a", f"b {unknown}")):
        with pytest.raises(MacroRefused):
            macros.save("new", *texts)
    assert "new" not in names(macros)


@pytest.mark.parametrize("name", ["", "  ", "x" * 41, "a/b", "<b>", "a\x00", "a'b", "../x", "a{b}"])
def test_hostile_names_are_refused(macros, name):
    with pytest.raises(MacroRefused, match="name"):
        macros.save(name, "a", "b")


@pytest.mark.parametrize("text", ["", "   ", "x" * 4001])
def test_a_text_is_neither_empty_nor_too_long(macros, text):
    for texts in ((text, "b"), ("a", text)):
        with pytest.raises(MacroRefused, match="text"):
            macros.save("new", *texts)


def test_names_may_be_chinese(macros, ticket):
    macros.save("问候 (new)", "Hello", "您好")
    assert macros.text("问候 (new)", ticket, "Ada") == "Hello"


@pytest.mark.parametrize(
    "text", ["canned: [1]", "x: 1", "canned: {a: {en: x}}", "canned: {", "- 1"]
)
def test_a_file_that_cannot_be_read_is_said_to_be(engine, policy, tmp_path, text):
    path = tmp_path / "canned.yml"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=r"canned\.yml"):
        Macros(engine, path, policy)


def test_without_a_file_there_are_only_edited_ones(engine, policy, tmp_path):
    macros = Macros(engine, tmp_path / "none.yml", policy)
    assert macros.all() == []
    macros.save("a", "b", "c")
    assert [(macro.name, macro.edited) for macro in macros.all()] == [("a", True)]
