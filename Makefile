PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
DATA ?= ../shared/data
SERMI_ENCODERS ?= ../shared/models
BOTH := moonshine-tiny+openai/whisper-base
AUDIO := $(foreach name,ravdess tess emodb nemo savee turev emotts,--corpus $(name)=$(DATA)/$(name))
TEXT := $(foreach name,goemotions meld,--text $(name)=$(DATA)/text/$(name))

.PHONY: run test lint train results benchmark screenshots

run: $(VENV)/.runtime
	$(BIN)/python app.py

test: $(VENV)/.dev
	HF_HUB_OFFLINE=1 OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile --max-worker-restart 0

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy

# Encoders that the installation doesn't carry; those that aren't there either are fetched from the hub.
train results: export SERMI_ENCODERS := $(SERMI_ENCODERS)

# Rebuilds the shipped checkpoints from the corpora under DATA.
train: $(VENV)/.dev
	$(BIN)/python -m train fit $(AUDIO) $(TEXT) --classes open4 --out checkpoints/open4 --seed 0 \
		--evaluation docs/results/new-voice.json
	$(BIN)/python -m train fit $(AUDIO) $(TEXT) --classes open7 --out checkpoints/open7 --seed 0
	$(BIN)/python -m train fit $(AUDIO) $(TEXT) --classes open4 --out checkpoints/open4-whisper --seed 0 \
		--audio-encoder $(BOTH) --views 0 --evaluation docs/results/new-voice-whisper.json

results: $(VENV)/.dev
	$(BIN)/python -m train evaluate ravdess --data $(DATA) --out docs/results/ravdess.json --seeds 3 \
		--std --prosody --tempi --views 0
	$(BIN)/python -m train evaluate ravdess --data $(DATA) --out docs/results/ravdess-mean.json --seeds 3
	$(BIN)/python -m train evaluate leave-one-corpus-out --data $(DATA) --out docs/results/leave-one-corpus-out.json --seeds 1
	$(BIN)/python -m train impostors --data $(DATA) --out docs/results/impostors.json --seeds 3
	$(BIN)/python -m train words --data $(DATA) --out docs/results/words/left-out.json
	$(BIN)/python -m train evaluate new-voice --data $(DATA) --out docs/results/new-voice.json --seeds 1
	$(BIN)/python -m train evaluate new-voice --data $(DATA) --out docs/results/new-voice-whisper.json --seeds 1 \
		--audio-encoder $(BOTH) --views 0
	$(BIN)/python -m train compare ravdess --data $(DATA) --seeds 5 --workers 2 --out docs/results/compare
	$(BIN)/python -m train compare low-resource --data $(DATA) --seeds 3 --workers 2 --out docs/results/compare
	$(BIN)/python -m train compare imbalance --data $(DATA) --seeds 1 --workers 2 --out docs/results/compare
	$(BIN)/python -m train compare paired --data $(DATA) --seeds 1 --workers 2 --out docs/results/compare
	$(BIN)/python -m train align --data $(DATA) --out docs/results/alignment.csv

# Every tab, wide and on a phone, light and dark.
screenshots: $(VENV)/.dev
	$(BIN)/python -m tests.app.screenshots

benchmark: $(VENV)/.dev
	$(BIN)/python -m benchmarks.latency
	$(BIN)/python -m benchmarks.startup
	$(BIN)/python -m benchmarks.click_to_map
	$(BIN)/python -m benchmarks.long

# A stamp is newer than its requirements, or pip runs again.
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

$(VENV)/.runtime: requirements.txt pyproject.toml | $(VENV)
	$(PIP) -r requirements.txt
	$(PIP) --no-deps --editable .
	touch $@

$(VENV)/.dev: requirements-dev.txt requirements.txt pyproject.toml | $(VENV)
	$(PIP) -r requirements-dev.txt
	$(PIP) --no-deps --editable .
	touch $@ $(VENV)/.runtime

$(VENV):
	$(PYTHON) -m venv $@
