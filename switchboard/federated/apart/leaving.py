"""What may leave a shop: the whole list, checked by the shop before it sends anything and by the
server before it takes anything. docs/learning/federated.md tells it in words."""

from __future__ import annotations

import numpy as np
from flwr.common import RecordDict, bytes_to_ndarray
from flwr.common.secure_aggregation.secaggplus_constants import RECORD_KEY_CONFIGS, Key, Stage
from numpy.typing import NDArray

from .agreed_terms import Terms

MODULUS = 1 << 32
"""Masked numbers are below it."""
LONGEST = {
    Key.PUBLIC_KEY_1: 512,
    Key.PUBLIC_KEY_2: 512,
    Key.CIPHERTEXT_LIST: 2048,
    Key.SHARE_LIST: 512,
}
"""Bytes of a key, a covered share, a share."""
_FIELDS = {
    frozenset({Key.PUBLIC_KEY_1, Key.PUBLIC_KEY_2}): Stage.SETUP,
    frozenset({Key.DESTINATION_LIST, Key.CIPHERTEXT_LIST}): Stage.SHARE_KEYS,
    frozenset({Key.MASKED_PARAMETERS}): Stage.COLLECT_MASKED_VECTORS,
    frozenset({Key.NODE_ID_LIST, Key.SHARE_LIST}): Stage.UNMASK,
}
_STATUS = {"code", "message"}
_BESIDE = {
    "config_records": {"fitres.metrics", "fitres.status"},
    "metric_records": {"fitres.num_examples"},
    "array_records": {"fitres.parameters"},
}
"""What Flower adds to an update: all of it empty or constant."""


def check_leaving(content: RecordDict, terms: Terms) -> str:
    """The stage of secure aggregation whose answer a content is.

    Raises:
        ValueError: it has a field, a size or a value that is not on the list.
    """
    told = content.config_records.get(RECORD_KEY_CONFIGS)
    stage = None if told is None else _FIELDS.get(frozenset(told))
    if told is None or stage is None:
        raise ValueError("no answer of secure aggregation")
    if stage == Stage.COLLECT_MASKED_VECTORS:
        _check_beside(content)
        masked_arrays(content, terms)
        return str(stage)
    others = set(content.config_records) - {RECORD_KEY_CONFIGS}
    if others or content.metric_records or content.array_records:
        raise ValueError("more records than the stage has")
    for name, value in told.items():
        for one in value if isinstance(value, list) else [value]:
            _check_field(name, one)
    return str(stage)


def _check_field(name: str, value: object) -> None:
    if name in LONGEST:
        if not isinstance(value, bytes) or len(value) > LONGEST[name]:
            raise ValueError(f"{name} is too long, or no bytes")
    elif type(value) is not int:
        raise ValueError(f"{name} is no number of a shop")


def _check_beside(content: RecordDict) -> None:
    for kind, allowed in _BESIDE.items():
        found = set(getattr(content, kind)) - {RECORD_KEY_CONFIGS}
        if found != allowed:
            raise ValueError(f"other {kind} than agreed")
    status = content.config_records["fitres.status"]
    empty = not content.config_records["fitres.metrics"]
    empty = empty and not content.array_records["fitres.parameters"]
    if not empty or set(status) != _STATUS or status["message"] not in ("", "Success"):
        raise ValueError("something beside the masked numbers")
    if dict(content.metric_records["fitres.num_examples"]) != {"num_examples": 1}:
        raise ValueError("a weight other than 1")


def masked_arrays(content: RecordDict, terms: Terms) -> list[NDArray[np.int64]]:
    """The masked numbers of an answer: the covered weight, then one array for each head.

    Raises:
        ValueError: they have other shapes, or are no whole numbers below the modulus.
    """
    listed = content.config_records[RECORD_KEY_CONFIGS][Key.MASKED_PARAMETERS]
    if not isinstance(listed, list) or len(listed) != 1 + len(terms.shapes):
        raise ValueError("not one array for the weight and one for each head")
    arrays = [bytes_to_ndarray(one) for one in listed]
    for array, shape in zip(arrays, ((1,), *terms.shapes), strict=True):
        if array.shape != shape or array.dtype != np.int64:
            raise ValueError(f"an array of the wrong shape or kind: {array.shape} {array.dtype}")
        if array.min() < 0 or array.max() >= MODULUS:
            raise ValueError("numbers outside of the modulus")
    return arrays
