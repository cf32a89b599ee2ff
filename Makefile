# Thin targets; `make` alone says what there is. Every target creates .venv first.
.DEFAULT_GOAL := help
PYTHON := .venv/bin/python
.PHONY: help install run test check soak audit bench fonts picture pictures

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 18

install: ## create .venv from the hashed requirement files
	@sh config/install.sh

run: install ## start everything on an embedded database, with a sandbox unless GHL_CLIENT_ID is set
	@$(PYTHON) -m config.run

# Four processes for two cores: tests that start others wait for half of their time. SELECTED is what .ci/run narrows.
SELECTED := not soak
test: install ## run the whole suite
	$(PYTHON) -m pytest -n 4 --dist loadgroup -m "$(SELECTED)"

check: install ## ruff, mypy, import contracts, templates, missing migrations
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	$(PYTHON) -m mypy config contacts_ui integrations
	.venv/bin/lint-imports
	.venv/bin/djlint templates --lint --quiet
	$(PYTHON) manage.py makemigrations --check --dry-run

soak: install ## the long versions of crash, fault and fuzz tests
	$(PYTHON) -m pytest -n 2 -m soak --timeout 3600

audit: install ## known vulnerabilities of the dependencies
	@$(PYTHON) -m pip_audit --disable-pip --require-hashes -r requirements.txt || echo "Either a vulnerability was found (listed above) or no advisory source answered."

bench: install ## the benchmarks, each beside its floor
	$(PYTHON) -m tests.benchmarks

fonts: install ## rebuild the fonts in static/fonts
	@$(PYTHON) -m tests.typeface

picture: install ## make the README's picture from the running product
	$(PYTHON) -m tests.browser.picture

# FOLDER, NAMES and BESIDE are optional: make pictures FOLDER=/tmp/pictures NAMES="contact changes"
pictures: install ## make pictures of every state of the product, with a sheet to judge each by
	$(PYTHON) -m tests.browser.pictures $(FOLDER) $(NAMES) $(if $(BESIDE),--beside $(BESIDE))
