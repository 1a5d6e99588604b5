# Every command of the project. `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SCANNERS := .venv-scan
BUILDER := .venv-binary
PEERS := .venv-bench
RUN := $(BIN)/python -m webapp
# Two more than processors: tests wait for a browser, a platform or a clock. tests/fixtures/order.py says who begins.
WORKERS := $(shell $(PYTHON) -c 'import os; print(min(os.cpu_count() or 2, 4) + 2)')
QUICK := tests/core tests/decide tests/gateways tests/jobs tests/journeys/test_story.py tests/conventions

# The tests start dozens of processes: each would compile the whole program anew where the shell forbids to keep it.
test test-postgres quick fuzz parsers scan soak soak-day barriers bench bench-peers conference: export PYTHONDONTWRITEBYTECODE =

.DEFAULT_GOAL := help
.PHONY: conference bench-peers soak-day check-alerts check-install audit binary check-binary coverage mutants help install install-test translate run demo test test-scale test-postgres quick fuzz parsers scan soak barriers lint format bench lighthouse screenshots vendor translations lock clean

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/made: requirements.txt
	@$(PYTHON) packaging/check_python.py
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(VENV)/tested: $(VENV)/made tests/requirements.txt packaging/test-system.sh
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r tests/requirements.txt
	sh packaging/test-system.sh
	@# With all processors, and before four workers and their hubs would each do it for themselves.
	-@$(BIN)/python -m compileall -q -j 0 $(VENV)/lib webapp tests -x "/test_[^/]*$$"
	@touch $@

$(VENV)/audited: $(VENV)/tested tests/audit-requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r tests/audit-requirements.txt
	@touch $@

install: $(VENV)/made translate ## make .venv from the pinned, hashed requirements

translate: $(VENV)/made
	@$(BIN)/pybabel -q compile -d webapp/translations 2>/dev/null || $(BIN)/pybabel compile -d webapp/translations

run: install ## serve on http://127.0.0.1:8000; the first start prints a set-up link
	$(RUN) serve

demo: install ## a made-up provider with 200 customers on fake platforms; log-in printed
	$(RUN) demo

test: install $(VENV)/tested ## install what the tests need and run everything
	SINTONIA_TEST_DATABASE=$(or $(DATABASE),sqlite) $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder tests

test-postgres: install $(VENV)/tested ## the same on PostgreSQL (the pgserver wheel); tests/database/only_sqlite.py says what is left out
	SINTONIA_TEST_DATABASE=postgresql $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder tests

quick: install $(VENV)/tested ## the part of the tests that takes under a minute
	$(BIN)/python -m pytest -m "not slow" $(QUICK)

fuzz: install $(VENV)/tested ## made-up requests for the whole API: N for each operation (make fuzz N=50, 4 minutes)
	SINTONIA_FUZZ=$(or $(N),20) $(BIN)/python -m pytest -o faulthandler_timeout=0 -o timeout=0 tests/api/test_contract.py

parsers: install $(VENV)/tested ## whatever ERPs, platforms, files and strangers send: N answers for each reader (make parsers N=400, 6 minutes)
	SINTONIA_PARSERS=$(or $(N),400) $(BIN)/python -m pytest -o faulthandler_timeout=0 -o timeout=0 $(addprefix tests/security/test_fuzz_,sources.py platforms.py ingress.py)

$(BUILDER)/made: requirements.txt packaging/binary-requirements.txt
	$(PYTHON) -m venv $(BUILDER)
	$(BUILDER)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt -r packaging/binary-requirements.txt
	@touch $@

binary: $(BUILDER)/made ## build dist/sintonia: the whole program in one file, for a machine without Python
	$(BUILDER)/bin/python packaging/binary/build.py

check-binary: install $(VENV)/tested binary ## run dist/sintonia in minimal Debian systems without Python (root; 15 minutes)
	sh packaging/binary/test-system.sh
	$(BIN)/python -m pytest -o faulthandler_timeout=0 -o timeout=0 tests/binary/check_first_days.py tests/binary/check_hard_times.py tests/binary/check_build.py

$(SCANNERS)/made: packaging/scan-requirements.txt
	$(PYTHON) -m venv $(SCANNERS)
	$(SCANNERS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r packaging/scan-requirements.txt
	@touch $@

scan: install $(VENV)/tested $(SCANNERS)/made ## wapiti and sqlmap against a demonstration on loopback (make scan N=1800 seconds a run); what they say in build/scan
	$(BIN)/python -m tests.scan --tools $(SCANNERS)/bin --seconds $(or $(N),1800)

check-install: ## walk through docs/instalacao.md with dist/sintonia on a Debian with systemd (root, debootstrap, systemd-nspawn; 5 minutes)
	$(PYTHON) -m tests.install.walk

lint: $(VENV)/tested ## style, types, conventions
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

check-alerts: $(VENV)/tested ## the alert rules of packaging/prometheus by promtool (apt-get install prometheus): situations in which each must fire, or none
	cd packaging/prometheus && promtool check rules alerts.yml && promtool check config --syntax-only prometheus.yml && promtool test rules alerts_test.yml
	$(BIN)/python -m pytest tests/observability

audit: install $(VENV)/audited ## ask the advisory database about every pinned package; fails where it cannot be asked
	$(BIN)/python -m pip_audit --strict --require-hashes --disable-pip --progress-spinner off -r requirements.txt
	$(BIN)/python -m pip_audit --strict --require-hashes --disable-pip --progress-spinner off -r tests/requirements.txt

coverage: install $(VENV)/audited ## which branches of decide, gateways and services the tests reach, against the floors
	rm -rf build/coverage && mkdir -p build/coverage
	$(BIN)/coverage run -m pytest -n $(WORKERS) --dist loadfile tests/decide tests/gateways tests/services tests/bulk_jobs
	$(BIN)/coverage combine --quiet && $(BIN)/coverage json --quiet -o build/coverage/coverage.json
	$(BIN)/python packaging/coverage_floors.py

mutants: install $(VENV)/audited ## put mistakes into guard, state machine and signer; the tests must notice 90 of 100
	$(BIN)/python packaging/mutants.py

format: $(VENV)/tested ## mend the style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

soak: install $(VENV)/tested ## anything may happen to a hub, N times 60 steps (make soak N=500); killed 50 times, stopped 1,000, its parts killed 20 times each
	SINTONIA_SOAK=$(or $(N),5000) $(BIN)/python -m pytest -o faulthandler_timeout=0 -o timeout=0 $(addprefix tests/journeys/test_crash_,kills.py stops.py roles.py) tests/machine/test_machine.py

soak-day: install $(VENV)/tested ## a day of a served hub in an hour (make soak-day SECONDS=600): memory, open files, threads and the WAL must not grow
	$(BIN)/python -m tests.bench.soak --seconds $(or $(SECONDS),3600) $(if $(JSON),--json $(JSON))

test-scale: install $(VENV)/tested ## three workers on PostgreSQL: all 84 places to die, any process killed N times (make test-scale N=50, 10 minutes)
	SINTONIA_SCALE=$(or $(N),50) $(BIN)/python -m pytest -o faulthandler_timeout=0 -o timeout=0 tests/scale

barriers: install $(VENV)/tested ## every rule of axe on every page, wide and narrow, and the colours of every text (the tests measure each kind once)
	SINTONIA_BARRIERS=1 $(BIN)/python -m pytest -n 2 --dist loadfile -o faulthandler_timeout=0 -o timeout=0 tests/journeys/test_quality.py tests/journeys/test_quality_rest.py

bench: install $(VENV)/tested ## measure: ratios in one run, side by side
	$(BIN)/python -m tests.bench

conference: install $(VENV)/tested ## measure: a platform's invoice of 20,000 lines, and the ledger of seats of a year of 20,000 subscribers
	$(BIN)/python -m tests.bench --only conference
	$(BIN)/python -m tests.bench --only seats

$(PEERS)/made: packaging/bench-requirements.txt
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r packaging/bench-requirements.txt
	@touch $@

bench-peers: install $(VENV)/tested $(PEERS)/made ## our deliveries beside a bare pool, a cron script, Celery, Dramatiq, Huey, Procrastinate (wants redis-server; 20 minutes)
	$(BIN)/python -m tests.bench.peers --tools $(PEERS)/bin $(if $(JSON),--json $(JSON))

lighthouse: install $(VENV)/tested ## Lighthouse on a hub of 100,000 customers: accessibility, best practices, performance (make lighthouse N=1000)
	mkdir -p build/lighthouse && cp packaging/lighthouse/* build/lighthouse/
	npm ci --prefix build/lighthouse --ignore-scripts --no-audit --no-fund
	$(BIN)/python -m tests.bench.lighthouse --customers $(or $(N),100000)

screenshots: install $(VENV)/tested ## pictures of every page, wide and narrow, light and dark, into docs/guia/img (make screenshots N="customers run*" only these)
	$(BIN)/python -m tests.journeys.shots $(N)

vendor: ## fetch the browser files anew and check them against static/vendor/manifest.json
	$(PYTHON) packaging/vendor.py

translations: install ## collect new words into the catalogues; then fill webapp/translations/pt_BR
	$(BIN)/python packaging/translations.py update

lock: $(VENV)/tested ## resolve requirements.in and tests/requirements.in anew, with hashes
	sh packaging/lock.sh $(BIN)

clean: ## remove what was built; instance/ stays
	rm -rf $(VENV) $(BUILDER) $(PEERS) .pytest_cache .ruff_cache .mypy_cache build dist
