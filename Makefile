# Two commands matter: `make run` and `make test`. Everything they need they install by themselves, into .venv.
SHELL := /bin/bash
PYTHON ?= $(shell command -v python3.13 || command -v python3.12 || command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -q
CATALOG := crm/translations/en/LC_MESSAGES/messages
export LIANTU_DEMO ?= 1

.PHONY: run test lint bench mail-preview catalog clean

run: $(VENV)/.runtime $(CATALOG).mo
	@exec $(BIN)/python -m crm up

test: export LIANTU_DEMO :=
test: $(VENV)/.dev $(CATALOG).mo
	@env -u LIANTU_DEMO $(MAKE) --no-print-directory .browser lint
	env -u LIANTU_DEMO $(BIN)/python -m pytest -q -n 2 --dist loadfile

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

bench: $(VENV)/.dev $(CATALOG).mo
	@env -u LIANTU_DEMO $(BIN)/python -m bench

mail-preview: $(VENV)/.runtime $(CATALOG).mo
	@$(BIN)/python -m crm mail gallery --out out/mail

# Texts: new Chinese sentences are found, the English catalogue is brought up to date; a test refuses empty ones.
catalog: $(VENV)/.runtime
	$(BIN)/pybabel -q extract -F crm/translations/babel.cfg -k N_ -k _l -k lazy_gettext --no-location --sort-output --omit-header -o var/messages.pot .
	$(BIN)/pybabel -q update -l en -D messages -i var/messages.pot -d crm/translations --no-fuzzy-matching --ignore-obsolete --omit-header
	$(BIN)/pybabel -q compile -d crm/translations

$(CATALOG).mo: $(CATALOG).po | $(VENV)/.runtime
	@$(BIN)/pybabel -q compile -d crm/translations

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "需要 Python 3.11 或更新 / Python 3.11 or newer is needed"; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "需要 Python 3.11 或更新，现有 $$("$(PYTHON)" -V) / Python 3.11 or newer is needed"; exit 1; }
	@"$(PYTHON)" -m venv $(VENV) || { echo "请先安装 venv 模块：apt-get install python3-venv / the venv module is missing"; exit 1; }

$(VENV)/.runtime: requirements.txt constraints.txt | $(BIN)/python
	@echo "正在安装依赖 / Installing what is needed"
	@$(PIP) install -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.runtime
	@$(PIP) install -r requirements-dev.txt
	@touch $@

# A browser for the journeys: Debian's chromium, if none is there and we may install it.
.PHONY: .browser
.browser:
	@if ! command -v chromium chromium-browser google-chrome google-chrome-stable >/dev/null; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "正在安装 chromium / Installing chromium"; \
	    apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq -y install --no-install-recommends chromium fonts-noto-cjk >/dev/null; \
	  else echo "测试需要浏览器，请先安装：apt-get install chromium fonts-noto-cjk / the tests need a browser"; exit 1; fi; fi

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .import_linter_cache .hypothesis out
