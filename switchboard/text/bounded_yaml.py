"""YAML of a shop, read within bounds: files come from other systems and other hands too.

A few lines of YAML can stand for billions of values, by aliases of aliases, or nest deeper than
Python can follow.
"""

from __future__ import annotations

from typing import Any

import yaml

MAX_BYTES = 5_000_000
MAX_DEPTH = 50
MAX_VALUES = 500_000
"""Values of a document with every alias written out."""


class TooMuchYaml(yaml.YAMLError):
    """A document is larger, deeper or stands for more than is read."""


class _BoundedLoader(yaml.SafeLoader):
    _depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        """As PyYAML's, down to `MAX_DEPTH`."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise TooMuchYaml(f"more than {MAX_DEPTH} levels")
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1


def read_yaml(text: str) -> Any:
    """The value of a document, as `yaml.safe_load`.

    Raises:
        yaml.YAMLError: it is no YAML, or beyond the bounds; no other error comes of any text.
    """
    if len(text) > MAX_BYTES:
        raise TooMuchYaml(f"more than {MAX_BYTES} characters")
    loader = _BoundedLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        if _values(node, {}) > MAX_VALUES:
            raise TooMuchYaml(f"more than {MAX_VALUES} values")
        return loader.construct_document(node)
    except (ValueError, OverflowError, RecursionError, AttributeError, TypeError) as error:
        # PyYAML's own for a 45th of May and the like.
        raise yaml.YAMLError(f"a value cannot be read: {type(error).__name__}") from None
    finally:
        loader.dispose()


def _values(node: yaml.Node, known: dict[int, int]) -> int:
    """How many values a node stands for, each alias counted as what it names."""
    if id(node) in known:
        if known[id(node)] == 0:
            raise TooMuchYaml("a value that holds itself")
        return known[id(node)]
    known[id(node)] = 0
    total = 1
    if isinstance(node, yaml.SequenceNode):
        total += sum(_values(entry, known) for entry in node.value)
    elif isinstance(node, yaml.MappingNode):
        total += sum(_values(part, known) for pair in node.value for part in pair)
    known[id(node)] = total
    return total
