"""The database's shape, step by step: Alembic's revisions, and what runs them."""
