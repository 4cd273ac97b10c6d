"""Starts a module of `apart/` by its own interpreter: `launcher.py MODULE ARGUMENTS`.

That one runs isolated (`-I`), without any folder of ours on its path; this adds the one beside it.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.append(str(Path(__file__).parent))
    module = sys.argv.pop(1)
    importlib.import_module(f"apart.{module}").main()
