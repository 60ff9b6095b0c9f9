# The words of the README. Every target works from a fresh checkout.

VENV ?= .venv
PYTHON ?= python3
BIN = $(VENV)/bin

.PHONY: install build test check benchmark generate release clean

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

benchmark: install              ## time a build and the reading calls
	$(BIN)/python benchmarks/build.py

release: install                ## dist/: catalogue, wheel, sdist, notes, SHA256SUMS; AGAINST=last.db compares
	$(BIN)/python build/release.py $(if $(AGAINST),--against $(AGAINST))

clean:
	rm -rf $(VENV) dist catalog.db llmcat/catalog.db
