"""Imports bm25s without jax, which costs two seconds at start for a top-k not used here."""

import sys

_absent = "jax" not in sys.modules
if _absent:
    sys.modules["jax"] = None  # type: ignore[assignment]  # `import jax` now fails
try:
    from bm25s import BM25
finally:
    if _absent:
        del sys.modules["jax"]

__all__ = ["BM25"]
