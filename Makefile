PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
DATA ?= ../shared/data
SERMI_ENCODERS ?= ../shared/models
BOTH := moonshine-tiny+openai/whisper-base
AUDIO := $(foreach name,ravdess tess emodb nemo savee turev emotts,--corpus $(name)=$(DATA)/$(name))
TEXT := $(foreach name,goemotions meld,--text $(name)=$(DATA)/text/$(name))

.PHONY: run test lint audit train results benchmark screenshots

run: $(VENV)/.runtime
	$(BIN)/python app.py

test: $(VENV)/.dev
	HF_HUB_OFFLINE=1 OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile --max-worker-restart 0

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy

# Known faults of the pinned packages. No part of lint: what is known changes without the code, and it needs the network.
audit: $(VENV)/.dev
	$(BIN)/python .ci/audit.py

# Encoders that the installation doesn't carry; those that aren't there either are fetched from the hub.
train results: export SERMI_ENCODERS := $(SERMI_ENCODERS)

# Rebuilds the shipped checkpoints from the corpora under DATA.
train: $(VENV)/.dev
	$(BIN)/python -m train fit $(AUDIO) $(TEXT) --classes open4 --out checkpoints/open4 --seed 0 \
		--evaluation docs/results/new-voice.json
	$(BIN)/python -m train fit $(AUDIO) $(TEXT) --classes open7 --out checkpoints/open7 --seed 0
	$(BIN)/python -m train fit $(AUDIO) $(TEXT) --classes open4 --out checkpoints/open4-whisper --seed 0 \
		--audio-encoder $(BOTH) --evaluation docs/results/new-voice-whisper.json

# Makes tables under docs/results again that are missing or older than the code.
results: $(VENV)/.dev
	$(BIN)/python -m train reproduce --data $(DATA)

# Every tab, wide and on a phone, light and dark.
screenshots: $(VENV)/.dev
	$(BIN)/python -m tests.app.screenshots

benchmark: $(VENV)/.dev
	$(BIN)/python -m benchmarks.latency
	$(BIN)/python -m benchmarks.startup
	$(BIN)/python -m benchmarks.page
	$(BIN)/python -m benchmarks.long

# A stamp is newer than its requirements, or pip runs again.
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

# TORCH_INDEX names an index of CPU builds of torch: without CUDA libraries, in a third of the space. For a new environment.
TORCH := $(if $(TORCH_INDEX),$(PIP) --no-deps --index-url $(TORCH_INDEX) "$$(grep -o '^torch==[^ ]*' requirements.txt)")

$(VENV)/.runtime: requirements.txt pyproject.toml | $(VENV)
	$(TORCH)
	$(PIP) -r requirements.txt
	$(PIP) --no-deps --editable .
	touch $@

$(VENV)/.dev: requirements-dev.txt requirements.txt pyproject.toml | $(VENV)
	$(PIP) -r requirements-dev.txt
	$(PIP) --no-deps --editable .
	touch $@ $(VENV)/.runtime

$(VENV):
	$(PYTHON) -m venv $@
