# The front door: `make lab` to work, `make test` to see that everything holds.
# Needs Python 3.11 or newer and make; everything else goes into .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
NOTEBOOKS := notebooks/quickstart.ipynb notebooks/flights.ipynb notebooks/cars.ipynb
WORKERS ?= auto

.DEFAULT_GOAL := help
.PHONY: help lab demo test conformance check js notebooks bench clean

help: ## What there is
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("assets needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Say which one: make PYTHON=python3.12 ...") if sys.version_info < (3, 11) else 0'
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --upgrade pip

$(VENV)/user: pyproject.toml hatch_build.py | $(BIN)/python
	$(PIP) install --editable '.[examples]' 'jupyterlab>=4.2' 'nbclient>=0.10'
	@touch $@

$(VENV)/dev: pyproject.toml hatch_build.py | $(BIN)/python
	$(PIP) install --editable '.[dev]'
	@touch $@ $(VENV)/user

lab: $(VENV)/user ## Open JupyterLab on the quickstart
	$(BIN)/jupyter lab notebooks/quickstart.ipynb

demo: $(VENV)/user ## Run the quickstart without a screen, twice: what was run, what was skipped
	$(BIN)/python notebooks/headless.py demo

test: $(VENV)/dev ## Every test: the package, the notebooks, the browser
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadscope
	@for notebook in $(NOTEBOOKS); do \
	  ASSETS_HOME=$$(mktemp -d) $(BIN)/python -m pytest --nbval --nbval-current-env --nbval-cell-timeout 600 \
	    --override-ini=timeout=900 --confcutdir=notebooks $$notebook || exit 1; \
	done

conformance: $(VENV)/dev ## The reference's own tests against this package
	$(BIN)/python tests/conformance/run.py --python $(BIN)/python --tag public --floor tests/conformance/floor.json

check: $(VENV)/dev widgets/frontend/node_modules ## Lint, types, floors, and the built browser files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/basedpyright
	$(BIN)/lint-imports
	cd widgets/frontend && npm run --silent check
	cd widgets/frontend && npm run --silent compare

widgets/frontend/node_modules: widgets/frontend/package-lock.json
	@command -v npm >/dev/null || { echo 'This step needs Node (npm), which only `make js` and `make check` do.'; exit 1; }
	cd widgets/frontend && npm ci --silent --no-fund --no-audit
	@touch $@

js: widgets/frontend/node_modules ## Build the browser files into widgets/static
	cd widgets/frontend && npm run --silent build

notebooks: $(VENV)/dev ## Run the example notebooks and keep what they show
	$(BIN)/python notebooks/headless.py save

bench: $(BIN)/python ## Measure, beside joblib.Memory and Hamilton
	$(PIP) install --editable '.[bench]'
	$(BIN)/python benchmarks/run.py
	folder=$$(mktemp -d) && $(BIN)/python benchmarks/backfill.py $$folder && rm -r $$folder

clean: ## Take away what the other targets made
	rm -rf $(VENV) .dev widgets/frontend/node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis
