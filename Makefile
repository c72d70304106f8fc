# Every verb of the project; bare `make` lists them. It needs Python 3.11 or later with venv, and git.
.DEFAULT_GOAL := help
SHELL := /bin/sh
.DELETE_ON_ERROR:

PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3)
VENV := .venv
BIN := $(VENV)/bin
# uv, made to read the packages from wherever pip is configured to.
UV := $(BIN)/python -I src/archipel/environments/packages.py
NODE_MODULES := $(VENV)/share/archipel/node
PYTEST := $(BIN)/python -m pytest
MADE := $(VENV)/.made
SYNCED := $(VENV)/.synced
PROXY := $(NODE_MODULES)/.complete

# The scripts of a virtual environment hold its path: a clone that was moved gets a new one. One that is linked
# belongs to another clone.
ifeq ($(shell test -L $(VENV) && echo linked),linked)
$(error $(VENV) est un lien vers un autre dossier : effacez-le, « make install » en fera un)
endif
ifneq ($(wildcard $(MADE)),)
ifneq ($(file <$(MADE)),$(CURDIR))
$(shell rm -f $(MADE) $(BIN)/pip)
endif
endif

help:
	@echo "Archipel : « make VERBE », avec :"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(SYNCED) $(PROXY)  ## Installer : .venv, le mandataire, les environnements des premières exécutions
	@$(BIN)/archipel env install

up: install  ## Démarrer l’espace de travail (PORT=9000 pour un autre port, OPTIONS=--shared pour plusieurs comptes)
	@exec $(BIN)/archipel up $(if $(PORT),--port $(PORT)) $(OPTIONS)

down: $(SYNCED)  ## L’arrêter
	@$(BIN)/archipel down

test: $(SYNCED)  ## Passer les tests rapides : ni réseau, ni processus, une à deux minutes
	$(PYTEST) -q tests/unit tests/defis $(OPTIONS)

test-unit: $(SYNCED)  ## Ceux de la plateforme seule, en quelques secondes
	$(PYTEST) -q tests/unit $(OPTIONS)

test-all: install  ## Passer tous les tests : notebooks, système, navigateur (des minutes)
	.ci/run --installed check unit notebooks charts images system browser acceptance

test-cluster: install  ## Installer sur un cluster et y passer les scénarios (KUBECONFIG=…, IMAGE_LOAD=commande ou IMAGE_PUSH=1)
	KUBECONFIG=$(KUBECONFIG) IMAGE_LOAD="$(IMAGE_LOAD)" IMAGE_PUSH=$(IMAGE_PUSH) OPTIONS="$(OPTIONS)" tests/cluster/run

# Spark wants an older pandas than everything else here: an environment of its own.
.venv-spark/.synced: requirements/spark.txt $(MADE)
	$(PYTHON) -m venv .venv-spark
	$(UV) pip sync --quiet --python .venv-spark/bin/python requirements/spark.txt
	@touch $@

test-spark: .venv-spark/.synced  ## Passer les requêtes de Champollion sur Spark (Java)
	PYTHONPATH=src:tests .venv-spark/bin/python -m pytest -q --noconftest -p no:cacheprovider -W ignore::ResourceWarning tests/spark

test-gpu:  ## Entraîner sur le GPU de cette machine (un Python qui a torch : PYTHON=…)
	PYTHONPATH=src:tests $(PYTHON) -m pytest -q --noconftest -p no:cacheprovider -p no:logging -o addopts= tests/gpu

check: $(SYNCED)  ## Relire : style, types, catalogue, notebooks, fichiers produits à jour
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/archipel catalog check
	$(BIN)/archipel notebook check

fix: $(SYNCED)  ## Corriger ce qui se corrige seul : style, mise en forme, notebooks
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/archipel notebook strip

images: $(SYNCED)  ## Faire les images de conteneurs (IMAGES=vision pour en nommer)
	@$(BIN)/archipel image build $(IMAGES)

bench: install  ## Mesurer : démarrage des commandes, noyaux, pages, toutes les règles de Champollion
	$(BIN)/python benchmarks/commands.py
	$(BIN)/python benchmarks/workspace.py
	PYTHONPATH=tests $(BIN)/python benchmarks/champollion.py

bench-cluster: $(SYNCED)  ## Mesurer sur un cluster : ouvertures, reprises du hub, pods tués (KUBECONFIG=…, TIMES=3)
	@test -n "$(KUBECONFIG)" || { echo "make bench-cluster KUBECONFIG=… : l’espace installé à mesurer" >&2; exit 2; }
	for one in spawns restarts deletions; do \
		KUBECONFIG=$(KUBECONFIG) $(BIN)/python benchmarks/cluster.py $$one $(TIMES) || exit; done

# UPGRADE=1 takes the newest versions; without it only what the .in files ask is changed.
COMPILE = UV_CUSTOM_COMPILE_COMMAND="make lock" $(UV) pip compile --quiet --generate-hashes \
	--no-emit-index-url --python-version 3.11 --override requirements/left-out $(if $(UPGRADE),--upgrade)
lock: $(MADE)  ## Figer les versions de paquets (UPGRADE=1 pour prendre les plus récentes)
	$(COMPILE) pyproject.toml --extra hub -o requirements/platform.txt
	$(COMPILE) pyproject.toml --extra hub --extra kubernetes -c requirements/platform.txt -o images/platform/requirements.txt
	$(COMPILE) requirements/bootstrap.in -o requirements/bootstrap.txt
	$(COMPILE) requirements/dev.in -o requirements/dev.txt
	$(COMPILE) requirements/spark.in -o requirements/spark.txt
	$(COMPILE) images/base/requirements.in -o images/base/requirements.txt
	$(COMPILE) images/datascience/requirements.in -o images/datascience/requirements.txt
	$(COMPILE) images/imaging/requirements.in -o images/imaging/requirements.txt
	$(COMPILE) images/vision/requirements.in -o images/vision/requirements.txt

texts: $(SYNCED)  ## Remettre à jour ce que le code produit : catalogue anglais, schéma, référence
	PYTHONPATH=tests $(BIN)/python -m support.messages
	PYTHONPATH=tests $(BIN)/python -m support.reference
	PYTHONPATH=tests $(BIN)/python -m support.reach
	$(BIN)/archipel catalog schema --write
	$(BIN)/archipel deploy schema --write

clean:  ## Effacer .venv et les caches (les données de l’espace de travail restent)
	rm -rf $(VENV) .ruff_cache .mypy_cache .pytest_cache .hypothesis build src/*.egg-info

# The marks are written last: what was interrupted is done again, what is whole is left alone.
$(MADE): requirements/bootstrap.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Archipel demande Python 3.11 ou plus récent, avec venv (« make PYTHON=/chemin/python3.11 »)." >&2; exit 1; }
	@$(BIN)/pip --version >/dev/null 2>&1 || { echo "Création de .venv…"; $(PYTHON) -m venv --clear $(VENV); }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@printf '%s' '$(CURDIR)' >$@

$(SYNCED): $(MADE) requirements/platform.txt requirements/dev.txt pyproject.toml
	@echo "Installation de la plateforme dans .venv…"
	@$(UV) pip sync --quiet --compile-bytecode --require-hashes --python $(BIN)/python requirements/platform.txt requirements/dev.txt
	@$(UV) pip install --quiet --no-deps --no-build-isolation --python $(BIN)/python -e .
	@touch $@

$(PROXY): src/archipel/hub/proxy/package.json src/archipel/hub/proxy/package-lock.json | $(SYNCED)
	@echo "Installation du mandataire (Node)…"
	@rm -rf $(NODE_MODULES) && mkdir -p $(NODE_MODULES) && cp $^ $(NODE_MODULES)/
	@$(BIN)/python -m archipel.environments.node $(NODE_MODULES)
	@touch $@

.PHONY: help install up down test test-all test-cluster test-spark test-gpu check fix images bench bench-cluster lock texts clean
