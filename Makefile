# `make run` opens the app, `make test` runs everything that CI runs; each does all its own set-up.
BIN := .venv/bin

# Each core takes tests from what another has left, so that neighbours, which share what they have
# opened, mostly stay together.
PYTEST := OPENBLAS_NUM_THREADS=1 $(BIN)/pytest --numprocesses auto --maxprocesses 8 --dist worksteal
BROWSER := BROWSER_PATH="$$(tools/browser)" && export BROWSER_PATH

.PHONY: run test test-full check format samples golden schema bench bench-registry conclusions papers lock audit
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
	@tools/postgresql
	$(BROWSER) && $(PYTEST)

test-full:  ## the tests, with what says more of the same: many other examples, every table
	@tools/venv requirements-dev.txt
	@tools/venv requirements-spark.txt
	@tools/postgresql
	@tools/java
	$(BROWSER) && HYPOTHESIS_PROFILE=full $(PYTEST) -m ""

check:  ## the quick half of `test`, while working
	@tools/venv requirements-dev.txt
	$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/mypy && $(BIN)/lint-imports
	$(PYTEST) --ignore tests/browser

format:  ## rewrite the code in the house's format
	@tools/venv requirements-dev.txt
	$(BIN)/ruff format . && $(BIN)/ruff check --fix .

samples:  ## make the sample cohorts again from their designs
	@tools/venv requirements.txt
	$(BIN)/python -m sample_data

schema:  ## write the schema of results.json again, after a change of what results hold
	@tools/venv requirements.txt
	$(BIN)/python -c "import json; from lib.export.document import schema; \
	print(json.dumps(schema(), indent=1, ensure_ascii=False))" > docs/results.schema.json

golden:  ## ask R again for the golden values of the tests; needs R with survival, cmprsk, mice, metafor, jsonlite
	@tools/venv requirements-dev.txt
	$(BIN)/python -m tools.golden $(KEEP)

bench:  ## measure import, a click, the command line, guards, and statistics and clicks against peers
	@tools/venv requirements-dev.txt
	$(BIN)/python -m benchmarks.ingest
	$(BIN)/python -m benchmarks.stall
	$(BIN)/python -m benchmarks.pages 2>/dev/null
	$(BIN)/python -m benchmarks.command
	$(BIN)/python -m benchmarks.recist
	$(BIN)/python -m benchmarks.guards
	@test -x .venv-bench/bin/pip || python3 -m venv .venv-bench
	.venv-bench/bin/pip install --quiet -r benchmarks/requirements.txt
	.venv-bench/bin/python -m benchmarks.statistics
	$(BROWSER) && $(BIN)/python -m benchmarks.clicks
	$(BIN)/python -m benchmarks.load
	$(BIN)/python -m benchmarks.visitors

bench-registry:  ## measure how a registry is prepared
	@tools/venv requirements-dev.txt
	$(BIN)/python -m benchmarks.registry

conclusions:  ## read what Compare claims of 4,000 cohorts whose truth is known; within 20 minutes
	@tools/venv requirements-dev.txt
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m benchmarks.conclusions > docs/conclusions.part && mv docs/conclusions.part docs/conclusions.md

papers:  ## make published cohorts again from their files, beside the printed numbers and R's; needs a network
	@tools/venv requirements.txt
	@test -x .venv-papers/bin/pip || python3 -m venv .venv-papers
	.venv-papers/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r benchmarks/papers/requirements.txt
	$(BIN)/python -m benchmarks.papers .venv-papers > docs/papers.part && mv docs/papers.part docs/papers.md

TOOLS := .venv-tools/bin
LOCK := --require-hashes --only-binary :all: -r requirements.lock

$(TOOLS)/uv: tools/requirements.txt
	python3 -m venv .venv-tools
	$(TOOLS)/pip install --quiet --disable-pip-version-check -r tools/requirements.txt
	@touch $@

lock: $(TOOLS)/uv  ## make requirements.lock and LICENCES.md from requirements.txt; needs a network
	@tools/venv requirements-dev.txt
	$(TOOLS)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--no-annotate --no-emit-index-url --no-emit-find-links requirements.txt -o requirements.lock
	@for platform in linux macos windows; do for version in 3.11 3.12 3.13; do \
		$(TOOLS)/uv pip install --quiet --dry-run --target .venv-tools/none \
			--python-platform $$platform --python-version $$version $(LOCK) || exit 1; \
	done; done
	$(BIN)/python -m tools.licences > LICENCES.md

audit: $(TOOLS)/uv  ## ask for known faults of what runs; needs a network
	$(TOOLS)/pip-audit --strict --disable-pip --require-hashes -r requirements.lock
