"""Past chats of another system: read whatever they are like, put together, proposed."""

import csv
import random
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchboard.collecting import chat_pairs, chat_threads
from switchboard.collecting.canned_drafts import add_drafts, read_drafts
from switchboard.collecting.chat_proposals import ProposedCanned, propose_articles, propose_canned
from switchboard.collecting.chat_table import (
    Columns,
    Damage,
    decode_line,
    read_chats,
    read_time,
)
from switchboard.collecting.hiding import Hider
from switchboard.collecting.work_file import WorkFile
from switchboard.errors import ConfigurationError
from switchboard.project import PROJECT as ROOT
from switchboard.text.order_numbers import OrderNumbers
from tests.overview.rows import ByWords

HEAD = "conversation,time,author,text\n"
SHAPE = chat_threads.SHAPE + chat_pairs.SHAPE


def read(path, columns=None):
    damage, columns = Damage(), columns or Columns()
    return [(r.conversation, r.author, r.text) for r in read_chats(path, columns, damage)], damage


def put(tmp_path, content):
    path = tmp_path / "chats.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2025-11-18T10:00:00Z", 1763460000.0),
        ("2025-11-18T11:00:00+01:00", 1763460000.0),
        ("2025-11-18 10:00", 1763460000.0),
        ("18.11.2025 10:00", 1763460000.0),
        ("2025年11月18日 10:00", 1763460000.0),
        ("1763460000", 1763460000.0),
        ("1763460000000", 1763460000.0),
        ("11/12/2025 10:00", None),
        ("yesterday", None),
        ("", None),
        ("9999999999999", None),
    ],
)
def test_times(text, at):
    assert read_time(text) == at


def test_a_time_s_form_can_be_told():
    assert read_time("18/11/2025 10:00", "%d/%m/%Y %H:%M") == 1763460000.0


@given(st.text(max_size=30))
def test_any_time_is_read_or_not(text):
    read_time(text)


@pytest.mark.parametrize(
    ("raw", "text", "encoding"),
    [
        ("naïve café".encode(), "naïve café", "utf-8"),
        ("naïve café, très bien".encode("cp1252"), "naïve café, très bien", "cp1252"),
        ("退款什么时候到".encode("gb18030"), "退款什么时候到", "gb18030"),
        ("order 4711 退款".encode("gb18030"), "order 4711 退款", "gb18030"),
        (b"\x81", "\ufffd", "cp1252"),
    ],
)
def test_each_line_is_read_in_its_encoding(raw, text, encoding):
    assert decode_line(raw) == (text, encoding)


def test_a_table_sewn_together_of_several_encodings(tmp_path):
    lines = [
        HEAD.encode(),
        "1,2025-11-18 10:00,ann,où est ma commande\r\n".encode("cp1252"),
        "2,2025-11-18 10:00,li,退款什么时候到\n".encode("gb18030"),
        "3,2025-11-18 10:00,ann,ça va 好的\n".encode(),
        b"4,2025-11-18 10:00,ann,nul\0 byte\n",
    ]
    rows, damage = read(put(tmp_path, b"".join(lines)))
    texts = [text for _, _, text in rows]
    assert texts == ["où est ma commande", "退款什么时候到", "ça va 好的", "nul byte"]
    assert damage.encodings == {"utf-8": 3, "cp1252": 1, "gb18030": 1}
    assert not damage.rows


def test_damaged_rows_are_counted_and_the_rest_is_read(tmp_path):
    text = HEAD + (
        "1,2025-11-18 10:00,ann,good\n"
        "2,2025-11-18 10:00\n"
        ",2025-11-18 10:00,ann,nobody's\n"
        "3,some day,ann,when\n"
        "4,2025-11-18 10:00,ann,\n"
        '5,2025-11-18 10:00,ann,"two\nlines"\n'
        "6,2025-11-18 10:00,ann,last\n"
    )
    rows, damage = read(put(tmp_path, text))
    assert [text for _, _, text in rows] == ["good", "two\nlines", "last"]
    assert damage.rows == {
        "too few columns": 1,
        "no conversation or author": 1,
        "no time": 1,
        "no text": 1,
    }
    assert damage.first["no time"] == 5


def test_a_quote_that_is_never_closed_does_not_swallow_the_rest(tmp_path):
    row = "1,2025-11-18 10:00,ann,a message that is long enough to count\n"
    text = HEAD + row + '2,2025-11-18 10:00,ann,"never closed\n' + row * 6000
    rows, damage = read(put(tmp_path, text))
    assert damage.rows["a quote without its end"] == 1
    assert len(rows) > 3000


def test_a_line_without_end_is_cut(tmp_path):
    text = HEAD + "1,2025-11-18 10:00,ann," + "x" * 3_000_000 + "\n2,2025-11-18 10:00,ann,next\n"
    rows, _ = read(put(tmp_path, text))
    assert rows[-1][2] == "next"


@pytest.mark.parametrize("mark", [";", "\t"])
def test_other_separators_and_names(tmp_path, mark):
    path = put(
        tmp_path,
        "\ufeff"
        + mark.join(["Chat", "At", "Who", "Said"])
        + "\n"
        + mark.join(["1", "2025-11-18 10:00", "ann", "hello"])
        + "\n",
    )
    rows, _ = read(path, Columns("chat", "at", "who", "said"))
    assert rows == [("1", "ann", "hello")]


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", "conversation,time".encode("utf-16")])
def test_what_is_no_such_table_is_refused(tmp_path, content):
    with pytest.raises(ConfigurationError):
        read(put(tmp_path, content))


@given(st.binary(max_size=400))
def test_any_bytes_end_well(tmp_path_factory, content):
    read(put(tmp_path_factory.mktemp("any"), HEAD.encode() + content))


def line(conversation, minute, author, text, day=18):
    return f'{conversation},2025-11-{day} {minute // 60:02}:{minute % 60:02},{author},"{text}"\n'


def laid_in(tmp_path, text, told=None):
    path = put(tmp_path, HEAD + text)
    work = WorkFile(tmp_path / "work.db", SHAPE, {})
    tell = (told if told is not None else []).append
    chat_threads.lay_in(work, path, Columns(), {"Ada", "bot"}, Damage(), tell)
    return work


def test_threads_are_rebuilt_from_any_order(tmp_path):
    rows = [
        line("b", 10, "li", "where is my order"),
        line("a", 2, "ADA", "Yes, within 30 days."),
        line("a", 0, "ann", "hello"),
        line("a", 1, "ann", "may I return it"),
        line("b", 11, "ada", "On its way."),
        line("a", 3, "ann", "thanks", day=20),
    ]
    random.Random(1).shuffle(rows)
    with laid_in(tmp_path, "".join(rows)) as work:
        found = list(chat_threads.threads(work))
    assert [len(thread) for thread in found] == [3, 1, 2]
    (exchange,) = chat_threads.exchanges(found[0])
    assert exchange == chat_threads.Exchange("a", "hello\nmay I return it", "Yes, within 30 days.")


def test_a_person_may_answer_on_the_next_day(tmp_path):
    rows = line("a", 0, "ann", "may I return it") + line("a", 0, "ada", "Yes, you may.", day=19)
    with laid_in(tmp_path, rows) as work:
        assert [len(thread) for thread in chat_threads.threads(work)] == [2]


def test_broken_off_it_goes_on_where_it_was(tmp_path, monkeypatch):
    monkeypatch.setattr(chat_threads, "BATCH", 10)
    text = "".join(line(f"c{n}", n % 600, "ann", f"message {n}\nof two lines") for n in range(95))
    path = put(tmp_path, HEAD + text)

    def stops(told):
        if "101 lines" in told:
            raise KeyboardInterrupt

    work = WorkFile(tmp_path / "work.db", SHAPE, {})
    with pytest.raises(KeyboardInterrupt):
        chat_threads.lay_in(work, path, Columns(), {"ada"}, Damage(), stops)
    work.close()
    told = []
    with WorkFile(tmp_path / "work.db", SHAPE, {}) as again:
        assert again.number("SELECT COUNT(*) FROM messages") == 50
        chat_threads.lay_in(again, path, Columns(), {"ada"}, Damage(), told.append)
        assert again.number("SELECT COUNT(*) FROM messages") == 95
    assert told[0] == "going on behind line 101"


SHIPPING = "Delivery to Germany takes three to five working days and costs 4.90 euros."


def shop_chats():
    """Twelve customers, some of whom ask the same."""
    rows = ""
    for n in range(6):
        rows += line(f"g{n}", 0, f"customer{n}", "how long is the delivery to Germany")
        rows += line(f"g{n}", 5, "Ada", SHIPPING)
        rows += line(f"g{n}", 6, "Ada", "Thank you for writing to us, have a nice day.")
    for n, answer in enumerate(("red ones are sold out", "order 4711 left", "call 087 555 0101")):
        rows += line(f"o{n}", 0, f"other{n}", "what about the thing that I bought")
        rows += line(f"o{n}", 5, "Ada", f"Well my dear friend {answer}.")
    return rows


def test_articles_are_proposed_where_the_answers_agree(tmp_path):
    hider = Hider(OrderNumbers())
    with laid_in(tmp_path, shop_chats()) as work:
        assert chat_pairs.pair(work, print) == 9
        found = propose_articles(work, ByWords(), hider, lambda *_: "", 3)
    first, second = found
    assert first.times == 6
    assert first.draft.title == "how long is the delivery to Germany"
    assert SHIPPING in first.draft.text
    assert first.agreement > 0.99
    assert second.times == 3
    assert second.agreement < 0.85
    assert "4711" not in second.draft.text
    assert "0101" not in second.draft.text


def test_what_an_article_answers_is_named(tmp_path):
    with laid_in(tmp_path, shop_chats()) as work:
        chat_pairs.pair(work, print)
        covered = lambda question, language: "Delivery" if "Germany" in question else ""  # noqa: E731
        found = propose_articles(work, ByWords(), Hider(OrderNumbers()), covered, 3)
    assert [one.covered_by for one in found] == ["Delivery", ""]


def test_what_is_said_often_becomes_a_canned_text_once(tmp_path):
    with laid_in(tmp_path, shop_chats()) as work:
        chat_pairs.pair(work, print)
        proposed = propose_canned(work, ByWords(), Hider(OrderNumbers()), 4)
    assert [(one.english, one.times) for one in proposed] == [
        (SHIPPING, 6),
        ("Thank you for writing to us, have a nice day.", 6),
    ]
    assert add_drafts(tmp_path, proposed, ()) == 2
    assert add_drafts(tmp_path, proposed, ()) == 0
    assert read_drafts(tmp_path)["Thank you for writing to"]["zh"] == ""


def test_a_draft_that_somebody_edited_stays(tmp_path):
    proposed = [ProposedCanned("Thank you for writing to {us}.", "", 3)]
    add_drafts(tmp_path, proposed, ())
    path = tmp_path / "canned.yml"
    path.write_text(path.read_text().replace("zh: ''", "zh: 谢谢来信"))
    add_drafts(tmp_path, [*proposed, ProposedCanned("Something else entirely.", "", 3)], ())
    assert read_drafts(tmp_path)["Thank you for writing to"] == {
        "en": "Thank you for writing to (us).",
        "zh": "谢谢来信",
    }


def test_damaged_drafts_are_told(tmp_path):
    (tmp_path / "canned.yml").write_text("canned: [")
    with pytest.raises(ConfigurationError):
        read_drafts(tmp_path)


_READ_ALL = """
import resource, sys
from pathlib import Path
from switchboard.collecting import chat_pairs, chat_threads
from switchboard.collecting.chat_table import Columns, Damage
from switchboard.collecting.work_file import WorkFile
from switchboard.text.normal import normal_text
normal_text("退款什么时候到 what is that")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
work = WorkFile(Path(sys.argv[2]), chat_threads.SHAPE + chat_pairs.SHAPE, {})
chat_threads.lay_in(work, Path(sys.argv[1]), Columns(), {"ada"}, Damage(), lambda _: None)
pairs = chat_pairs.pair(work, lambda _: None)
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(work.number("SELECT COUNT(*) FROM messages"), pairs, (after - before) // 1024)
"""


@pytest.mark.parametrize("rows", [40_000, pytest.param(1_000_000, marks=pytest.mark.long)])
def test_a_million_rows_take_bounded_memory(tmp_path, rows):
    path = tmp_path / "chats.csv"
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["conversation", "time", "author", "text"])
        for n in range(rows):
            ours = n % 2
            words = f"what about thing {n % 5000} in box {n % 77}" + " and more" * (n % 5)
            table.writerow([n // 4, 1_763_460_000 + n % 4, "ada" if ours else "ann", words])
    done = subprocess.run(
        [sys.executable, "-c", _READ_ALL, path, tmp_path / "work.db"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    messages, pairs, megabytes = map(int, done.stdout.split())
    assert messages == rows
    assert pairs == rows // 2
    assert megabytes < 120
