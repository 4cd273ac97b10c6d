"""A shop's examples as the numbers that training sees."""

import numpy as np
import pytest

from switchboard.embedding.encoder import default_encoder
from switchboard.errors import ConfigurationError
from switchboard.federated.apart.heads import NO_LABEL
from switchboard.federated.message_tables import MOODS, read_messages
from switchboard.text.normal import masked_text

NLU = """version: "3.1"
nlu:
- intent: track_order
  metadata: {mood: calm, author: ada}
  examples: |
    - where is my parcel
    - has it been sent
- intent: complaint
  examples:
  - {metadata: {mood: angry}, text: "this is a disgrace"}
  - {metadata: {mood: displeased, language: zh}, text: "不太满意"}
"""
LEARNED = """version: "3.1"
nlu:
- intent: track_order
  metadata: {author: customers}
  examples: |
    - still no sign of it
"""


def test_examples_and_accepted_wordings_become_vectors_and_numbers(tmp_path):
    (tmp_path / "a.yml").write_text(NLU)
    (tmp_path / "learned.yml").write_text(LEARNED)
    known = read_messages(tmp_path, default_encoder())
    assert known.intents == ("complaint", "track_order")
    assert known.table.intents.tolist() == [1, 1, 0, 0, 1]
    moods = [MOODS[n] if n != NO_LABEL else None for n in known.table.moods]
    assert moods == ["calm", "calm", "angry", "displeased", None]
    assert known.authors == ("ada", "ada", "", "", "customers")
    assert known.strata[3] == "complaint zh"
    lengths = np.linalg.norm(known.table.vectors, axis=1)
    assert lengths.max() <= 1 + 1e-5  # the bound on one message's part counts on it
    wanted = default_encoder().encode([masked_text("has it been sent")], 120)[0]
    assert np.allclose(known.table.vectors[1], wanted, atol=1e-5)


def test_no_examples_are_told(tmp_path):
    with pytest.raises(ConfigurationError, match="no examples"):
        read_messages(tmp_path, default_encoder())
