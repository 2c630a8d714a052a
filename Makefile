# make run: set up and run the main job on the virtual bench.   make test: set up and run the project's own tests.
# make roads: leave a live run by every road five times and write docs/road-matrix.md; takes about twenty minutes.
# make docs: renew the reference pages, check all pages, build the site in site/.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SETUP := .setup/done

.PHONY: run test roads docs check setup clean

run: $(SETUP)
	$(BIN)/hil run

# The tests start the harness some hundred times: it is compiled once, whatever the environment says.
test: export PYTHONDONTWRITEBYTECODE :=
test: $(SETUP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	-$(BIN)/python -m tools.browser.fetch
	$(BIN)/python -m pytest -n auto --dist loadgroup

roads: $(SETUP)
	$(BIN)/python -m benchmarks.roads

docs: $(SETUP)
	$(BIN)/python -m tools.docs

setup: $(SETUP)

$(SETUP): requirements.lock pyproject.toml reports/allure/generator/package-lock.json
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'Python 3.11 or newer is needed; make PYTHON=python3.11 names another')"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	-$(BIN)/python -m reports.allure.install
	mkdir -p $(dir $(SETUP))
	touch $(SETUP)

clean:
	rm -rf $(VENV) .setup build dist *.egg-info
