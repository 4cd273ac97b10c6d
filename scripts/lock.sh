#!/usr/bin/env bash
# Compile pyproject.toml into the two pinned sets. Run after changing a dependency.
set -euo pipefail
cd "$(dirname "$0")/.."
compile() {
    uv pip compile --quiet --python-version 3.10 --generate-hashes \
        --no-header --no-annotate --no-emit-index-url pyproject.toml "$@"
}
compile --extra server --extra dev --output-file requirements.txt
compile --constraints requirements.txt --output-file requirements-actions.txt
