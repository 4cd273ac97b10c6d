"""Words, language, normal text and clauses of messages."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from switchboard.text.bare import only_names
from switchboard.text.clauses import split_clauses, split_sentences
from switchboard.text.language import read_language
from switchboard.text.negation import forbids
from switchboard.text.normal import normal_text
from switchboard.text.words import split_words

MIXED = st.text(
    alphabet=st.one_of(
        st.characters(),
        st.sampled_from("订单退货，。！abc 019@#.-'’é👍🏽\u200d\ufe0f\u3000４訂"),
    ),
    max_size=200,
)


@given(MIXED)
@example("我的order在哪里？TW-4711")
@example("👨\u200d👩\u200d👧👍🏽 ok")
@example("a" * 3000)
@example("\ud7ff\ue000 \U0010ffff")
def test_words_stand_where_they_say(text):
    end = 0
    for word in split_words(text):
        assert word.text
        assert word.start >= end
        assert text[word.start : word.start + len(word.text)] == word.text
        end = word.start + len(word.text)


@given(MIXED)
def test_no_letter_or_digit_is_lost(text):
    covered = {i for w in split_words(text) for i in range(w.start, w.start + len(w.text))}
    lost = [c for i, c in enumerate(text) if c.isascii() and c.isalnum() and i not in covered]
    assert lost == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Where's #4711, don't know", ["Where's", "#4711", "don't", "know"]),
        ("TW-4711 / maya.o@example.com", ["TW-4711", "maya.o@example.com"]),
        ("see https://a.example/b?c=1.", ["see", "https://a.example/b?c=1"]),
        ("@tidewick #help 12:30 €75.90", ["@tidewick", "#help", "12:30", "75.90"]),
        ("great👍🏽👨‍👩‍👧!", ["great", "👍🏽", "👨‍👩‍👧"]),
        ("我要退货，订单4711", ["我要", "退货", "订单", "4711"]),
        ("我的order呢", ["我", "的", "order", "呢"]),
        ("", []),
        ("?!…", []),
    ],
)
def test_words(text, words):
    assert [word.text for word in split_words(text)] == words


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("WHERE is 4711??", "where is 0000??"),
        ("sooooo late!!!!!", "soo late!!"),
        ("mail a.b@example.com now", "mail  emailaddress  now"),
        ("see https://x.example/y?z", "see"),
        ("https://x.example/y?z", "link"),
        ("@tidewick #refund", "refund"),
        ("track order 00123842", "track order 0000"),
        ("ETA of order 732201349959", "eta of order 0000"),
        ("cancel {{Order Number}}", "cancel 0000"),
        ("咨询订单号:[订单x] 订单金额:[金额x] 下单时间:[日期x] 催单", "催单"),
        ("paid €1,250.00 and €3", "paid €00 and €00"),
        ("call 087 555 0101", "call 0000"),
        ("don’t", "don't"),
        ("ｆｕｌｌ　４７１１", "full 0000"),
        ("訂單還沒到！！！！", "订单还没到!!"),
    ],
)
def test_normal_text(text, normal):
    assert normal_text(text) == normal


@given(st.text(max_size=3000))
def test_normal_text_is_bounded(text):
    assert len(normal_text(text)) <= 40_000  # NFKC may widen one character to eighteen


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("where is my order", "en"),
        ("wher is my ordr pls", "en"),
        ("moka pot grind setting", "en"),
        ("我的订单到哪了", "zh"),
        ("訂單還沒到", "zh"),
        ("我的 order 4711 在哪里", "zh"),
        ("please explain 退货 to me and my wife", "en"),
        ("bonjour, où est ma commande", "fr"),
        ("Wann kommt mein Paket an?", "de"),
        ("Mi pedido no ha llegado", "es"),
        ("no hablo inglés", "es"),
        ("order number是4712", "zh"),
        ("Flat 4, 12 Harbour Lane, Cork", None),
        ("no refund in the mail", "en"),
        ("ich möchte mein Geld zurück", "de"),
        ("quiero devolver un artículo", "es"),
        ("Где мой заказ", "ru"),
        ("注文はどこですか", "ja"),
        ("주문이 어디 있나요", "ko"),
        ("4711", None),
        ("maya@example.com", None),
        ("👍", None),
        ("ok", None),
        ("", None),
    ],
)
def test_language(text, code):
    assert read_language(text) == code


@given(MIXED)
def test_any_text_has_a_code_or_none(text):
    code = read_language(text)
    assert code is None or len(code) == 2


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("cancel 4711 and where is 4712?", ["cancel 4711", "where is 4712?"]),
        ("What is your refund policy? How can I pay?", ["What is your refund policy?", "How can I pay?"]),
        ("取消4711，另外4712到哪了", ["取消4711", "4712到哪了"]),
        ("where is my order", []),
        ("salt and pepper", []),
        ("a. b. c. d. e", []),
        ("", []),
    ],
)  # fmt: skip
def test_clauses(text, parts):
    found = split_clauses(text)
    assert [part for part, _ in found] == parts
    assert all(text[start : start + len(part)] == part for part, start in found)


@pytest.mark.parametrize(
    ("text", "names", "bare"),
    [
        ("4711", ["4711"], True),
        ("my order number is 4711", ["4711"], True),
        ("订单号是4711", ["4711"], True),
        ("4711 maya@example.com", ["4711", "maya@example.com"], True),
        ("track 4711", ["4711"], False),
        ("cancel 4711", ["4711"], False),
        ("4711到哪了", ["4711"], False),
        ("取消4711", ["4711"], False),
        ("hello", [], False),
    ],
)
def test_bare_names(text, names, bare):
    spans = [(text.index(name), text.index(name) + len(name)) for name in names]
    assert only_names(text, spans) == bare


def test_sentences_of_a_story():
    text = "Hello there. I bought a lamp in May. It was nice. Can I have the bill for it? Thanks!"
    found = split_sentences(text)
    assert "Can I have the bill for it?" in [sentence for sentence, _ in found]
    assert all(text[start : start + len(sentence)] == sentence for sentence, start in found)
    assert split_sentences("where is my order") == []


@pytest.mark.parametrize(
    ("text", "intent", "forbidden"),
    [
        ("please don't cancel", "cancel_order", True),
        ("do not refund it", "get_refund", True),
        ("先别退货", "return_item", True),
        ("why don't you cancel my order", "cancel_order", False),
        ("I don't want it, cancel my order", "cancel_order", False),
        ("不要了，帮我取消", "cancel_order", False),
        ("please don't cancel", "track_order", False),
    ],
)
def test_what_a_customer_forbids(text, intent, forbidden):
    assert forbids(text, intent) == forbidden
