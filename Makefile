# Two commands matter: `make run` and `make test`. Everything they need they install by themselves, into .venv.
SHELL := /bin/bash
# The first of these that runs and is new enough; a name on the path may lead nowhere.
PYTHONS := python3 python3.13 python3.12 python3.11 python
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
CATALOGS := $(patsubst %.po,%.mo,$(wildcard crm/translations/*/LC_MESSAGES/messages.po))
export LIANTU_DEMO ?= 1

.PHONY: run test lint bench mail-preview catalog clean

run: $(VENV)/.runtime $(CATALOGS)
	@exec $(BIN)/python -m crm up --end-with-parent

test: export LIANTU_DEMO :=
test: $(VENV)/.dev $(CATALOGS)
	@env -u LIANTU_DEMO $(MAKE) --no-print-directory .browser lint
	env -u LIANTU_DEMO $(BIN)/python -m pytest -q -n 3 --dist worksteal

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

bench: $(VENV)/.dev $(CATALOGS)
	@env -u LIANTU_DEMO $(BIN)/python -m bench

mail-preview: $(VENV)/.runtime $(CATALOGS)
	@$(BIN)/python -m crm mail gallery --out out/mail

# Texts: new Chinese sentences are found, the English catalogue is brought up to date; a test refuses empty ones.
catalog: $(VENV)/.runtime
	@mkdir -p var
	$(BIN)/pybabel -q extract -F crm/translations/babel.cfg -k N_ -k _l -k lazy_gettext --no-location --sort-output --omit-header -o var/messages.pot .
	@sed '/^$$/q' crm/translations/en/LC_MESSAGES/messages.po > var/head.po  # Babel would drop or redate it
	$(BIN)/pybabel -q update -l en -D messages -i var/messages.pot -d crm/translations --no-fuzzy-matching --init-missing --ignore-obsolete --omit-header
	@cat var/head.po crm/translations/en/LC_MESSAGES/messages.po > var/whole.po && mv var/whole.po crm/translations/en/LC_MESSAGES/messages.po
	$(BIN)/pybabel -q compile -d crm/translations

%/messages.mo: %/messages.po | $(VENV)/.runtime
	@$(BIN)/pybabel -q compile -i $< -o $@

$(BIN)/python:
	@chosen=; for candidate in $(PYTHON) $(PYTHONS); do \
	  "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { chosen=$$candidate; break; }; done; \
	test -n "$$chosen" || { echo "需要 Python 3.11 或更新（或设 PYTHON=路径） / Python 3.11 or newer is needed (or set PYTHON=path)"; exit 1; }; \
	if ! "$$chosen" -c 'import ensurepip, venv' 2>/dev/null; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "正在安装 python3-venv / Installing python3-venv"; \
	    apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq -y install --no-install-recommends python3-venv >/dev/null; \
	  else echo "请先安装 venv 模块：apt-get install python3-venv / The venv module is missing"; exit 1; fi; fi; \
	"$$chosen" -m venv $(VENV)

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
