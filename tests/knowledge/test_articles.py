import pytest

from switchboard.errors import ConfigurationError
from switchboard.knowledge.articles import read_article, read_articles
from tests.conftest import DATA

GOOD = "---\ntitle: Returns\ntopics:\n- send back\nupdated: 2026-01-01\n---\nIntro.\n\n## When\n{returns_window_days} days."


def write(tmp_path, text):
    path = tmp_path / "returns.md"
    path.write_text(text)
    return path


def test_sections_become_passages_with_numbers_filled_in(tmp_path, policy):
    first, second = read_article(write(tmp_path, GOOD), policy)
    assert (first.id, first.name, first.text) == ("returns#0", "Returns", "Intro.")
    assert (second.id, second.name, second.text) == ("returns#1", "Returns: When", "30 days.")
    assert first.topics == ("send back",)


@pytest.mark.parametrize(
    "text",
    [
        "no front matter",
        GOOD.replace("title: Returns\n", ""),
        GOOD.replace("updated: 2026-01-01", "updated: soon"),
        GOOD.replace("- send back", "  send back"),
        GOOD.replace("returns_window_days", "return_days"),
    ],
)
def test_a_broken_article_is_named(tmp_path, policy, text):
    with pytest.raises(ConfigurationError, match=r"returns\.md"):
        read_article(write(tmp_path, text), policy)


def test_the_shop_has_its_articles(passages):
    articles = {passage.id.split("#")[0] for passage in passages}
    assert len(articles) >= 40
    assert all("{" not in passage.text for passage in passages)


def test_no_article_writes_a_fact_of_its_own(policy):
    """A sum of money in an article must come from the policy."""
    for path in (DATA / "articles" / "en").glob("*.md"):
        assert "€" not in path.read_text(), path.name


def test_an_empty_folder_has_no_passages(tmp_path, policy):
    assert read_articles(tmp_path, policy) == []
