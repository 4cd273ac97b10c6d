# Any python3 runs the set-up; everything else runs in .venv with Python 3.10.
PYTHON3 ?= python3
PY := .venv/bin/python
SB := .venv/bin/switchboard
export TF_CPP_MIN_LOG_LEVEL := 3
export PYTHONWARNINGS := ignore

.PHONY: setup shell serve telegram telegram-webhook facebook-page train seed demo desk explain knowledge privacy local-model test test-all test-core check bench evaluate evaluate-retail lock

setup:            ## make .venv, once
	@$(PYTHON3) scripts/setup.py
shell: setup      ## talk to the assistant in this terminal
	@$(SB) shell
serve: setup      ## all servers on loopback
	@$(SB) serve
telegram: setup   ## serve, and ask Telegram for messages: a token is all that it needs
	@$(SB) serve --telegram
telegram-webhook: setup  ## make telegram-webhook ARGS="set", "check" or "remove"
	@$(SB) telegram $(ARGS)
facebook-page: setup  ## what a page shows around the chat: ARGS="set", "check" or "remove"
	@$(SB) facebook $(ARGS)
train: setup      ## train if anything that matters changed
	@$(SB) train $(ARGS)
seed: setup       ## make the demo shop anew
	@$(SB) seed
demo: setup       ## fill the desk of a running `make serve`: make demo ARGS="--live"
	@$(SB) demo $(ARGS)
desk: setup       ## tickets: make desk ARGS="show T-..."
	@$(SB) desk $(ARGS)
explain: setup    ## how an open question travels: make explain ARGS='"can I wash the board?"'
	@$(SB) explain $(ARGS)
knowledge: setup  ## import, gaps, propose, accept, costs: make knowledge ARGS="gaps"
	@$(SB) knowledge $(ARGS)
privacy: setup    ## make privacy ARGS="export telegram:5", "erase telegram:5", "retention"
	@$(SB) privacy $(ARGS)
test: setup       ## all but the long tests: make test ARGS="tests/orders"
	@$(PY) -m scripts.test $(ARGS)
test-all: setup   ## everything: servers killed, flooded and set up anew too
	@$(PY) -m scripts.test --all $(ARGS)
test-core:        ## the tests of core and desk on Python 3.12, without Rasa
	@$(PYTHON3) -m scripts.test_core $(ARGS)
local-model: setup ## build a llama.cpp server in var/llama, for the tests on a real one (5 minutes)
	@test -x var/llama/bin/python || $(PY) -m venv var/llama
	@CMAKE_ARGS="-DGGML_NATIVE=OFF -DMTMD_BUILD=OFF" nice var/llama/bin/python -m pip install -q \
	    "llama-cpp-python[server]==0.3.36" "gguf==0.19.0"
check: setup      ## style and types
	@.venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/mypy
bench: setup      ## speed and memory beside Rasa's defaults: reports/bench.md
	@$(PY) -m benchmarks.bench $(ARGS)
evaluate: setup   ## quality beside Rasa's defaults: reports/evaluation.md
	@$(PY) -m benchmarks.evaluation $(ARGS)
evaluate-retail: setup ## a public benchmark: make evaluate-retail ARGS="--tasks FOLDER"
	@$(PY) -m benchmarks.retail $(ARGS)
lock: setup       ## compile pyproject.toml into the pinned sets
	@scripts/lock.sh
