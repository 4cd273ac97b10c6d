"""bm25s without jax, which it imports for a top-k that is not used here, at two seconds a start."""

import sys

_absent = "jax" not in sys.modules
if _absent:
    sys.modules["jax"] = None  # type: ignore[assignment]  # read as: not installed
try:
    from bm25s import BM25
finally:
    if _absent:
        del sys.modules["jax"]

__all__ = ["BM25"]
