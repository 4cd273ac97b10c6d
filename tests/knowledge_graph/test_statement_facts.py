"""What is read of a statement."""

import pytest

from switchboard.knowledge_graph.statement_facts import FactReader, Said


@pytest.fixture(scope="module")
def read(lexicon):
    reader = FactReader(lexicon)

    def facts(text, language="en"):
        said = Said("x", "x#0", "X", language, text)
        return [(f.property, f.value, set(f.subjects)) for f in reader.read(said)]

    return facts


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        (
            "Stoneware mugs and bowls are safe in the dishwasher.",
            "en",
            (
                "dishwasher",
                "yes",
                {"material:stoneware+kind:mug", "material:stoneware+kind:bowl"},
            ),
        ),
        ("Never put wood in the dishwasher.", "en", ("dishwasher", "no", {"material:wood"})),
        (
            "Cotton sheets, towels and linen may all be tumbled on low.",
            "en",
            (
                "dryer",
                "yes",
                {"material:cotton+kind:sheet", "material:cotton+kind:towel", "material:linen"},
            ),
        ),
        ("The glazes on our stoneware are free of lead and cadmium.", "en",
         ("lead", "no", {"material:stoneware"})),
        ("In the oven, stoneware stands up to 220 degrees, but not sudden cold.", "en",
         ("oven", "yes", {"material:stoneware"})),
        ("炻器杯碗可以放洗碗机和微波炉。", "zh",
         ("microwave", "yes", {"material:stoneware+kind:mug", "material:stoneware+kind:bowl"})),
        ("木制品不要进洗碗机，也不要久泡。", "zh", ("soak", "no", {"material:wood"})),
    ],
)  # fmt: skip
def test_read(read, text, language, expected):
    assert expected in read(text, language)


def test_each_clause_has_its_own_subject(read):
    assert read("Stoneware is made in Portugal, lamps in Poland.") == [
        ("origin", "told", {"material:stoneware"}),
        ("origin", "told", {"kind:lamp"}),
    ]


@pytest.mark.parametrize(
    "text",
    ["Rust comes off with steel wool in the dishwasher.", "We sell no dishwashers.", "dishwasher"],
)
def test_what_is_of_nothing_is_no_fact(read, text):
    assert read(text) == []
