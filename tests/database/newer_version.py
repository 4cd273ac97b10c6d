"""A version of Switchboard that is newer than this one: its migrations, beside those of today."""

from __future__ import annotations

import shutil
from pathlib import Path

from switchboard.database.connection import REVISION
from switchboard.database.migrations import upgrade as migrating

NEXT = f"{int(REVISION) + 1:04}"
MIGRATION = """
import sqlalchemy as sa
from alembic import op

revision, down_revision, works_from = "{next}", "{before}", "{works_from}"

def upgrade():
    {change}

def downgrade():
    pass
"""
ADDS = 'op.add_column("turns", sa.Column("colour", sa.String(8), server_default="blue"))'


def next_version(
    folder: Path, works_from: str = REVISION, change: str = ADDS, monkeypatch=None
) -> Path:
    """Its folder of migrations; with `monkeypatch`, the one that this process migrates with."""
    there = folder / "migrations"
    ours = Path(migrating.__file__).parent
    shutil.copytree(ours, there, ignore=shutil.ignore_patterns("__pycache__"))
    text = MIGRATION.format(next=NEXT, before=REVISION, works_from=works_from, change=change)
    (there / "versions" / f"{NEXT}_next.py").write_text(text)
    if monkeypatch is not None:
        monkeypatch.setattr(migrating, "FOLDER", there)
    return there
