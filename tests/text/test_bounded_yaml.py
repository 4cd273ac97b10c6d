"""A shop's YAML within bounds: bombs are refused before they go off."""

from __future__ import annotations

import contextlib

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from switchboard.project import PROJECT
from switchboard.text.bounded_yaml import MAX_DEPTH, TooMuchYaml, read_yaml

LAUGHS = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10)
)
MERGES = "a0: &a0 {x: 1, y: 2}\n" + "".join(
    f"a{n}: &a{n} {{k{n}: [*a{n - 1}, *a{n - 1}], <<: *a{n - 1}}}\n" for n in range(1, 40)
)
BOMBS = {
    "billion laughs": LAUGHS,
    "merges": MERGES,
    "deep lists": "[" * 100_000,
    "deep maps": "{a: " * 100_000,
    "deep dashes": "- " * 100_000 + "x",
    "itself": "a: &a [*a]",
    "long": "x" * 6_000_000,
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_refused(bomb):
    with pytest.raises(yaml.YAMLError):
        read_yaml(BOMBS[bomb])


def test_one_that_is_refused_for_what_it_stands_for():
    with pytest.raises(TooMuchYaml, match="values"):
        read_yaml(LAUGHS)
    with pytest.raises(TooMuchYaml, match="levels"):
        read_yaml(BOMBS["deep lists"])


@pytest.mark.parametrize(
    "wrong", ["2026-05-45", "a: 2026-13-01", "? [a]: b", "9" * 5000, "a: !!int x", "1:99:", "= : 1"]
)
def test_no_other_error_comes_of_it(wrong):
    with contextlib.suppress(yaml.YAMLError):
        read_yaml(wrong)


@given(st.text(st.sampled_from("a1:-[]{}&*?!|>'\"#%@` \n,.<=~"), max_size=60))
def test_any_text_is_a_value_or_a_yaml_error(text):
    with contextlib.suppress(yaml.YAMLError):
        read_yaml(text)


def test_what_shops_write_is_read_as_before():
    for path in [*(PROJECT / "data").rglob("*.yml"), PROJECT / "domain.yml"]:
        if "unseen" not in path.name and path.stat().st_size < 60_000:
            text = path.read_text(encoding="utf-8")
            assert read_yaml(text) == yaml.safe_load(text), path.name
    assert read_yaml("") is None
    nested = "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1)
    assert read_yaml(nested) == yaml.safe_load(nested)
