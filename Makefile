# `make run` opens the app, `make test` runs everything that CI runs; each does all its own set-up.
BIN := .venv/bin

.PHONY: run test check format samples bench
run:  ## open the app on this machine
	@tools/venv requirements.txt
	@$(BIN)/python -m compileall -q lib pages
	@echo "Hepar opens at http://localhost:8501 (stop it with Ctrl+C)"
	@$(BIN)/streamlit run serve.py

test:  ## everything CI runs: format, lint, types, architecture, tests with a real browser
	@tools/venv requirements-dev.txt
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	BROWSER_PATH="$$(tools/browser)" && export BROWSER_PATH && $(BIN)/pytest

check:  ## the quick half of `test`, while working
	@tools/venv requirements-dev.txt
	$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/mypy && $(BIN)/lint-imports
	$(BIN)/pytest --ignore tests/browser

format:  ## rewrite the code in the house's format
	@tools/venv requirements-dev.txt
	$(BIN)/ruff format . && $(BIN)/ruff check --fix .

samples:  ## make the sample cohorts again from their scripts
	@tools/venv requirements.txt
	$(BIN)/python -m sample_data.make_sample
	$(BIN)/python -m sample_data.make_registry

bench:  ## measure import, RECIST and the guards, then the statistics against their peers
	@tools/venv requirements.txt
	$(BIN)/python -m benchmarks.ingest
	$(BIN)/python -m benchmarks.recist
	$(BIN)/python -m benchmarks.guards
	@test -x .venv-bench/bin/pip || python3 -m venv .venv-bench
	.venv-bench/bin/pip install --quiet -r benchmarks/requirements.txt
	.venv-bench/bin/python -m benchmarks.statistics
