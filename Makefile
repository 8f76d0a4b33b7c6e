# Two commands do all: `make run` and `make test`. The others are parts of them.
PYTHON ?= python3
SETUP = $(PYTHON) .ci/setup.py
V = .venv/bin

.PHONY: run test check fast bench types lock clean help

help:    ## list the commands
	@sed -n 's/^\([a-z]*\): *.*## /  make \1	/p' Makefile

run:     ## install what is needed, build the front end, start Designer, open the browser
	@$(SETUP) python requirements/run.txt
	@$(SETUP) frontend
	@$(V)/designer up $(ARGS)

test:    ## install what the tests need (Debian packages too, when root) and run all of them
	@$(SETUP) debian chromium postgresql redis-server fonts-liberation openssh-client openssh-server docker.io debootstrap
	@$(MAKE) --no-print-directory check
	@$(SETUP) frontend
	@$(V)/python -m pytest -q --ignore=tests/graph --ignore=tests/engine --ignore=tests/contract --ignore=tests/library

check:   ## the fast part: format, lint, types, arrows, unit tests
	@$(SETUP) python requirements/test.txt
	@$(V)/ruff format --check .
	@$(V)/ruff check .
	@$(V)/mypy
	@$(V)/lint-imports
	@$(SETUP) frontend check
	@$(V)/python -m pytest -q tests/graph tests/engine tests/contract tests/library

bench:   ## print the measured promises: the engine, the canvas and the targets
	@$(SETUP) python requirements/test.txt
	@$(SETUP) frontend build build:fixtures
	@$(V)/python -m benchmarks.engine $(ARGS)
	@$(V)/python -m benchmarks.history
	@$(V)/python -m benchmarks.canvas
	@$(V)/python -m benchmarks.targets

types:   ## regenerate what is generated: OpenAPI, TypeScript types, the modules' page
	@$(V)/python -m designer.api.openapi > static/src/api/openapi.json
	@$(SETUP) frontend types
	@$(V)/python -m designer.library.reference > docs/reference/modules.md

lock:    ## renew the locked requirements
	@$(V)/uv pip compile -q --universal --generate-hashes --no-annotate --no-header --python-version 3.11 pyproject.toml --extra s3 --extra azure --extra sftp -c requirements/uv.txt -o requirements/run.txt
	@$(V)/uv pip compile -q --universal --generate-hashes --no-annotate --no-header --python-version 3.11 pyproject.toml --extra s3 --extra azure --extra sftp --group test --group check -c requirements/run.txt -o requirements/test.txt
	@$(V)/uv pip compile -q --universal --generate-hashes --no-annotate --no-header --python-version 3.11 pyproject.toml --extra postgres --extra s3 --extra azure --extra sftp -c requirements/run.txt -o requirements/server.txt

clean:   ## remove what was installed and built
	rm -rf .venv .setup static/node_modules static/dist static/fixtures-dist
