# The words of the README. Every target works from a fresh checkout.

VENV ?= .venv
PYTHON ?= python3
BIN = $(VENV)/bin

.PHONY: install build test check benchmark generate docs pictures release clean

$(BIN)/llmcat: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable '.[browse,mcp,test]'
	@touch $@

install: $(BIN)/llmcat          ## a virtual environment with llmcat in it

build: install                  ## catalog.db from the pinned upstream
	$(BIN)/llmcat build

test: install                   ## the test suite
	$(BIN)/python -m pytest

check: install                  ## lint, types, generated parts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/llmcat schema build --check
	$(BIN)/python docs/make_reference.py --check
	$(BIN)/python docs/make_metadata.py --check

generate: install               ## write the generated parts anew
	$(BIN)/llmcat schema build
	$(BIN)/python docs/make_reference.py
	$(BIN)/python docs/make_metadata.py

docs: install                   ## dist/site: the documentation as a site, searchable, nothing fetched by it
	$(BIN)/python -m pip install --quiet --editable '.[docs]'
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet --strict --config-file docs/mkdocs.yml

pictures: install               ## docs/images anew: the terminal, and the pages in a Chromium that is installed
	$(BIN)/python -m pip install --quiet --editable '.[browse,pictures]'
	$(BIN)/python docs/take_terminal_pictures.py
	$(BIN)/python -m tests.datasette_plugin.take_pictures

benchmark: install              ## time a build and the reading calls
	$(BIN)/python benchmarks/build.py

release: install                ## dist/: catalogue, wheel, sdist, notes, SHA256SUMS; AGAINST=last.db compares
	$(BIN)/python build/release.py $(if $(AGAINST),--against $(AGAINST))

clean:
	rm -rf $(VENV) dist catalog.db llmcat/catalog.db
