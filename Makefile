# Two commands need nothing but Python 3.10 or newer: `make demo` and `make test` do all set-up themselves.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
TORCH := torch==2.13.0
# A process for each core, in each of them one thread: half the time of one test after another on two cores, and two
# thirds of that of two threads in each of two processes, which wait for each other.
PYTEST := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n logical --maxprocesses 8 --dist worksteal

.PHONY: demo test test-slow coverage lint format sample reference docs audit clean

demo: $(VENV)/.installed
	$(BIN)/lidarsel demo

test: $(VENV)/.installed-dev
	$(PYTEST)

test-slow: $(VENV)/.installed-dev
	$(PYTEST) -m slow

# Which branches of lidarsel/ the fast tests take, those run in processes of their own included. Left out are two whose
# child may write no file, coverage's neither.
coverage: $(VENV)/.installed-dev
	mkdir -p build/coverage
	$(PYTEST) --cov --cov-branch --cov-report=term:skip-covered --cov-report=html:build/coverage/html \
		--deselect 'tests/commands/test_errors.py::test_too_little_memory_is_told_in_one_line[ask3]' \
		--deselect 'tests/faults/test_faults.py::test_a_file_that_may_not_grow_is_told_in_one_line_and_leaves_nothing[simulate]'

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The small KITTI-style sample in datasets/sample, made again from its seed.
sample: $(VENV)/.installed
	sh scripts/make_sample.sh $(BIN)/lidarsel

# What is generated from the code; tests say when it is out of date.
reference: $(VENV)/.installed-dev
	$(BIN)/python scripts/make_schemas.py docs/schemas
	$(BIN)/python scripts/make_reference.py docs/reference.md

docs: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[docs]'
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

# The licences of what is installed, and its known vulnerabilities: asks PyPI's database, and fails where that is out
# of reach.
audit: $(VENV)/.installed-dev
	test -x build/audit/bin/pip-audit || { $(PYTHON) -m venv build/audit && build/audit/bin/python -m pip install --quiet 'pip-audit>=2.7,<3'; }
	$(BIN)/python -m pip freeze --exclude-editable | sed 's/+cpu//' > build/audit/requirements.txt
	$(BIN)/python scripts/list_licences.py docs/licences.md
	build/audit/bin/pip-audit --strict --no-deps --disable-pip -r build/audit/requirements.txt

# torch first and by its exact version: a plain range takes the newest CUDA build and its gigabytes on Linux.
$(VENV)/.installed: pyproject.toml scripts/check_open3d.sh
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(TORCH)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[poses]'
	sh scripts/check_open3d.sh $(BIN)/python
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist
