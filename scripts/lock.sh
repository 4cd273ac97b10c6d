#!/usr/bin/env bash
# Compile pyproject.toml into the pinned sets. Run after changing a dependency.
set -euo pipefail
cd "$(dirname "$0")/.."
compile() {
    uv pip compile --quiet --generate-hashes --no-header --no-annotate --no-emit-index-url \
        pyproject.toml "$@"
}
# For development: everything, and then core, desk and learning with their tests, on a Python that still gets
# security fixes.
compile --python-version 3.10 --extra server --extra dev --output-file requirements.txt
compile --python-version 3.12 --extra test --extra learn --output-file requirements-core.txt
# For production: what each process needs and no more, at the versions that the tests ran on.
compile --python-version 3.10 --extra server --constraints requirements.txt \
    --output-file requirements-rasa.txt
compile --python-version 3.10 --extra actions --constraints requirements.txt \
    --output-file requirements-actions.txt
compile --python-version 3.12 --extra desk --constraints requirements-core.txt \
    --output-file requirements-desk.txt
