#!/usr/bin/env bash
# Compile pyproject.toml into the pinned sets. Run after changing a dependency.
set -euo pipefail
cd "$(dirname "$0")/.."
compile() {
    uv pip compile --quiet --generate-hashes --no-header --no-annotate --no-emit-index-url \
        pyproject.toml "$@"
}
# Everything, for development and for Rasa's process; then what the action server alone needs; then
# core and desk with their tests, on a Python that still gets security fixes.
compile --python-version 3.10 --extra server --extra dev --output-file requirements.txt
compile --python-version 3.10 --extra actions --constraints requirements.txt \
    --output-file requirements-actions.txt
compile --python-version 3.12 --extra test --output-file requirements-core.txt
