# Two commands do everything from nothing: `make demo` and `make test`. `make help` lists the rest.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

bin := .venv/bin
uv := .tools/bin/uv
sources := pipeline storage signing flows app web
quick := not tools and not services and not slow

##@ Use it

.PHONY: setup
setup: ## Install what is missing: system packages, uv, the Python environment
	@scripts/setup.sh run

.PHONY: demo
demo: setup ## Digitize, sign and verify a generated sample batch through the Prefect flow
	@SOHOA_HOME=$(CURDIR)/.demo/home $(bin)/sohoa demo --out .demo

.PHONY: run
run: setup ## Start everything on this machine: the pages, the Prefect server, its workers
	@$(bin)/sohoa run

##@ Check it

.PHONY: check
check: ## Format, lint, types, imports, sizes, documentation, unit tests: ten minutes on two cores
	@scripts/setup.sh check
	@$(MAKE) -j2 --keep-going --output-sync=target check-types check-format check-lint check-imports check-unit

.PHONY: test
test: ## Everything: the checks, then all tests with real tools and real servers
	@scripts/setup.sh test
	@$(MAKE) -j2 --keep-going --output-sync=target check-types check-format check-lint check-imports
	@$(bin)/pytest -m "not services and not slow" --numprocesses auto
	@$(bin)/pytest -m "(services or slow) and not long" --numprocesses 2 --dist loadfile --no-loadscope-reorder --durations=25

.PHONY: test-services
test-services: ## Only the tests against servers that they start on loopback (PostgreSQL, S3 gateway, Prefect)
	@scripts/setup.sh test
	@$(bin)/pytest -m services

.PHONY: test-long
test-long: ## Only the longest tests: every page in a browser, kills at every call, further rounds with other seeds
	@scripts/setup.sh test
	@$(bin)/pytest -m long --ignore=tests/crash --ignore=tests/hostile --ignore=tests/machines

.PHONY: test-hostile
test-hostile: ## The whole set of hostile files within good batches; make test runs the quick part [FILES=folder of others]
	@scripts/setup.sh test
	@$(if $(FILES),$(bin)/python -m tests.hostile "$(FILES)",$(bin)/pytest tests/hostile)

.PHONY: test-crash
test-crash: ## Kill an office at random instants while it works: it and an undisturbed one have to be right, and alike [PAGES=n] [KILLS=n] [SEED=n]
	@scripts/setup.sh test
	@$(bin)/python -m tests.crash $(if $(PAGES),--pages $(PAGES)) $(if $(KILLS),--kills $(KILLS)) $(if $(SEED),--seed $(SEED))

.PHONY: test-machines
test-machines: ## Only the tests on several machines, made by name spaces of the kernel (Linux, as root): a cable is pulled
	@scripts/setup.sh test
	@$(bin)/pytest tests/machines

.PHONY: fuzz
fuzz: ## Fuzz our own parsers, FUZZ_SECONDS (600) each [TARGETS="mail edxml"]
	@scripts/setup.sh test
	@$(uv) sync --quiet --inexact --group fuzz || echo "atheris cannot be installed here: Hypothesis takes its place"
	@$(bin)/python -m tests.fuzz $(TARGETS)

.PHONY: test-api
test-api: ## Ask the interface for systems whatever its schema allows, and what it does not [EXAMPLES=n of each operation]
	@scripts/setup.sh test
	@SOHOA_TEST_EXAMPLES=$(or $(EXAMPLES),200) $(bin)/pytest tests/web/api/test_schemathesis.py

.PHONY: backup-drill
backup-drill: ## Digitize and sign samples in a fresh folder, back up, destroy, restore, and compare every digest
	@scripts/setup.sh run
	@$(bin)/python -m scripts.backup_drill

.PHONY: audit
audit: ## What is known against our dependencies and our source (pip-audit, bandit); needs pypi.org [ADVISORIES=osv]
	@scripts/setup.sh check
	@$(uv) sync --quiet --locked --inexact --group audit
	@$(bin)/bandit --quiet --configfile pyproject.toml --recursive $(sources) clients scripts
	@$(uv) export --quiet --locked --all-groups --all-extras --no-emit-workspace > .state/locked.txt
	@$(bin)/pip-audit --strict --disable-pip --requirement .state/locked.txt --progress-spinner off --vulnerability-service $(or $(ADVISORIES),pypi)

.PHONY: check-format check-lint check-types check-imports check-unit
check-format:
	@$(bin)/ruff format --check --quiet . || { echo "ruff format: run 'make format'"; exit 1; }
check-lint:
	@$(bin)/ruff check --quiet --output-format=concise .
check-types:
	@$(bin)/mypy --no-error-summary
check-imports:
	@$(bin)/lint-imports --no-logo > .state/imports.log 2>&1 || { cat .state/imports.log; exit 1; }
check-unit:
	@$(bin)/pytest -m "$(quick)" --numprocesses auto

##@ Measure it

.PHONY: benchmark-ocr
benchmark-ocr: ## Read generated pages with ours, OCRmyPDF and Tesseract: speed, errors [SCANS=folder] [PAGES=n] [SEED=n]
	@scripts/setup.sh bench
	@$(bin)/python -m benchmarks.ocr $(if $(SCANS),--scans "$(SCANS)") $(if $(PAGES),--pages $(PAGES)) $(if $(SEED),--seed $(SEED))

.PHONY: benchmark-ablation
benchmark-ablation: ## Read generated pages with all cleaners and without each of them: errors and time by kind of page [PAGES=n] [SEED=n]
	@scripts/setup.sh bench
	@$(bin)/python -m benchmarks.ablation $(if $(PAGES),--pages $(PAGES)) $(if $(SEED),--seed $(SEED))

.PHONY: benchmark-endurance
benchmark-endurance: ## Read 500 pages with resident workers: memory, one worker against two [PAGES=n] [SEED=n]
	@scripts/setup.sh bench
	@$(bin)/python -m benchmarks.endurance $(if $(PAGES),--pages $(PAGES)) $(if $(SEED),--seed $(SEED))

.PHONY: benchmark-large-batch
benchmark-large-batch: ## Digitize one batch of 1,000 pages: time and memory of every process, page by page [PAGES=n] [SEED=n]
	@scripts/setup.sh bench
	@$(bin)/python -m benchmarks.large_batch $(if $(PAGES),--pages $(PAGES)) $(if $(SEED),--seed $(SEED))

.PHONY: benchmark-machines
benchmark-machines: ## Digitize batches on one, two and four machines, and without Prefect; as root [PAGES=n] [WAYS="one two"]
	@scripts/setup.sh test
	@$(bin)/python -m benchmarks.machines $(if $(PAGES),--pages $(PAGES)) $(if $(WAYS),--ways $(WAYS))

.PHONY: benchmark-lying
benchmark-lying: ## Turn drawn pages, and real ones, all four ways: found upright, skew, blank backs [SCANS=folder] [SHEETS=n] [SEED=n]
	@scripts/setup.sh bench
	@$(bin)/python -m benchmarks.lying $(if $(SCANS),--scans "$(SCANS)") $(if $(SHEETS),--sheets $(SHEETS)) $(if $(SEED),--seed $(SEED))

.PHONY: benchmark-page-quality
benchmark-page-quality: ## Make good pages worse step by step: what they are told, how much is still read [SCANS=folder] [SEED=n]
	@scripts/setup.sh bench
	@$(bin)/python -m benchmarks.page_quality $(if $(SCANS),--scans "$(SCANS)") $(if $(SEED),--seed $(SEED))

.PHONY: benchmark-fields
benchmark-fields: ## Understand generated papers and batches: fields, types, dossiers, blank pages [SEEDS=n] [SEED=n] [BATCHES=n]
	@scripts/setup.sh bench
	@$(bin)/python -m benchmarks.fields $(if $(SEED),--first-seed $(SEED)) $(if $(SEEDS),--seeds $(SEEDS)) $(if $(BATCHES),--batches $(BATCHES))

.PHONY: benchmark-storage
benchmark-storage: ## Put and get objects through the port and with the bare minio client, in pairs, on a real S3 server
	@scripts/setup.sh test
	@$(bin)/python -m benchmarks.storage

.PHONY: benchmark-signing
benchmark-signing: ## Sign and validate generated documents at every level: rates, linearity, memory
	@scripts/setup.sh check
	@$(bin)/python -m benchmarks.signing

.PHONY: benchmark-search
benchmark-search: ## Search generated papers on SQLite and PostgreSQL: milliseconds by kind of question [SIZES="100000 1000000"] [QUESTIONS=n] [FOLDER=dir]
	@scripts/setup.sh test
	@$(bin)/python -m benchmarks.search $(if $(SIZES),--sizes $(SIZES)) $(if $(QUESTIONS),--questions $(QUESTIONS)) $(if $(FOLDER),--folder "$(FOLDER)")

.PHONY: benchmark-lists
benchmark-lists: ## Page through 100,000 documents on SQLite and PostgreSQL, as it is and as it was before: milliseconds [DOCUMENTS=n] [PAGES=n]
	@scripts/setup.sh test
	@$(bin)/python -m benchmarks.lists $(if $(DOCUMENTS),--documents $(DOCUMENTS)) $(if $(PAGES),--pages $(PAGES))

.PHONY: benchmark-indices
benchmark-indices: ## Add up the figures of indices among 100,000 dossiers on SQLite and PostgreSQL: milliseconds [DOSSIERS=n]
	@scripts/setup.sh test
	@$(bin)/python -m benchmarks.indices $(if $(DOSSIERS),--dossiers $(DOSSIERS))

.PHONY: benchmark-ingest
benchmark-ingest: ## Write 10,000 digitized papers down on SQLite and PostgreSQL: papers a second [PAPERS=n]
	@scripts/setup.sh test
	@$(bin)/python -m benchmarks.ingest $(if $(PAPERS),--papers $(PAPERS))

.PHONY: benchmark-pages
benchmark-pages: ## Open and review papers in a browser: weight of the first page, milliseconds until it can be worked on [DOSSIERS=n] [SEED=n]
	@scripts/setup.sh test
	@$(bin)/python -m benchmarks.pages $(if $(DOSSIERS),--dossiers $(DOSSIERS)) $(if $(SEED),--seed $(SEED))

.PHONY: benchmark-api
benchmark-api: ## Ask the interface with 50 clients at once among 100,000 papers, on PostgreSQL and S3 and on SQLite and the folder [DOCUMENTS=n] [SECONDS=n]
	@scripts/setup.sh test
	@$(bin)/python -m benchmarks.api $(if $(DOCUMENTS),--documents $(DOCUMENTS)) $(if $(SECONDS),--seconds $(SECONDS))

.PHONY: benchmark-footprint
benchmark-footprint: ## Count what papers leave behind on SQLite and PostgreSQL, table by table, and what the jobs of the night cost [DOSSIERS=n]
	@scripts/setup.sh test
	@$(bin)/python -m benchmarks.footprint $(if $(DOSSIERS),--dossiers $(DOSSIERS))

.PHONY: benchmark-starts
benchmark-starts: ## Hand small batches over on machines of name spaces: what starting work on them costs; as root [TIMES=n]
	@scripts/setup.sh test
	@$(bin)/python -m benchmarks.starts $(if $(TIMES),--times $(TIMES))

.PHONY: simulate
simulate: ## Simulate the fullest day of an office and a province with what was measured, and say what is full after how many years [SEED=n]
	@scripts/setup.sh check
	@$(bin)/python -m benchmarks.simulate $(if $(SEED),--seed $(SEED))

##@ Pass it on

.PHONY: sbom
sbom: ## Write what the product consists of: dist/sohoa.cdx.json (CycloneDX 1.6) and the list of licences in docs/reference
	@scripts/setup.sh check
	@$(bin)/python -m scripts.sbom

.PHONY: bundle
bundle: ## Put everything into one file for an office without a network, of this machine's release [PACKAGES="postgresql nginx"]
	@scripts/setup.sh check
	@$(bin)/python -m scripts.bundle $(if $(PACKAGES),--packages "$(PACKAGES)")

.PHONY: bundle-drill
bundle-drill: bundle ## Install the bundle in an empty system without a network and run the demonstration there; as root [BASE=folder]
	@scripts/bundle_drill.sh "$$(ls -t dist/sohoa-*.tar | head -n 1)" $(BASE)

##@ Work on it

.PHONY: format
format: ## Bring the code into the one format and repair what can be repaired by rule
	@scripts/setup.sh check
	@$(bin)/ruff format --quiet .
	@$(bin)/ruff check --fix --quiet .

.PHONY: pictures-of-signatures
pictures-of-signatures: ## Draw what signatures and results look like, all names invented (docs/pictures/look-*.png)
	@scripts/setup.sh check
	@$(bin)/python -m scripts.draw_looks

.PHONY: screenshots
screenshots: ## Take a picture of every page, for an office screen and a phone (.state/screenshots)
	@scripts/setup.sh test
	@$(bin)/python -m scripts.draw_pages

.PHONY: calibrate
calibrate: ## Count on generated papers how often fields of a score are right, and fit the curves of confidence to it
	@scripts/setup.sh test
	@$(bin)/python -m benchmarks.calibrate

.PHONY: clean
clean: ## Remove everything that was made in this folder: environment, caches, demonstration
	@rm -rf .venv .tools .state .demo dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage
	@find $(sources) clients tests benchmarks scripts -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help
help: ## Show this list
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
