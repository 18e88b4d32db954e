# `make help` lists all targets.
PYTHON ?= python3
CORES  ?= $(shell nproc 2>/dev/null || echo 2)
BIN    := .venv/bin
export OPEN_SPEECH
PIP    := $(BIN)/python -m pip --disable-pip-version-check -q

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 14

setup: .venv/run.stamp  ## make .venv, and nothing else

run: .venv/run.stamp  ## set up, then EMO-DB, which comes with xser, and every table of config.yaml on practice corpora
	cd studies/emodb && ../../$(BIN)/snakemake --cores $(CORES)
	$(BIN)/snakemake --cores $(CORES)
	@echo "EMO-DB, real speech: studies/emodb/results/summary.html. The tables above are of practice speech."
	@echo "Real speech in five languages, from corpora that you can have too: studies/open-speech/README.md, then make study"

study: .venv/run.stamp  ## real speech in five languages: make study OPEN_SPEECH=/folder/of/your/corpora (studies/open-speech)
	cd studies/open-speech && ../../$(BIN)/snakemake --cores $(CORES) && ../../$(BIN)/python publish.py

report: .venv/run.stamp  ## results/summary.html, results/paper.tex, and all in results/report.html, one file to send
	$(BIN)/snakemake --cores $(CORES) report
	$(BIN)/snakemake report --report results/report.html

rates: .venv/run.stamp  ## measure this machine (2 minutes) for `snakemake estimate`: results/rates.json
	$(BIN)/python benchmarks/rates.py

test: .venv/test.stamp  ## set up, then linters and the default test suite
	$(BIN)/python -m pytest tests -m "not dag and not slurm and not browser" --ignore=tests/neural --ignore=tests/end_to_end --ignore=tests/ssl
	$(BIN)/python -m pytest tests/neural  # apart: openSMILE aborts in a process that has loaded TensorFlow

test-end-to-end: .venv/test.stamp  ## whole small studies: practice, real speech, bad input, additions, forgeries (minutes)
	$(BIN)/python -m pytest tests/end_to_end

test-browser: .venv/test.stamp  ## the report in headless Chromium, the appendix in LaTeX (Debian: tests/browser/packages.txt)
	$(BIN)/python -m pytest tests/browser -m browser

test-slurm: .venv/test.stamp  ## the SLURM profile on a real cluster on this machine (Debian: tests/slurm/packages.txt)
	$(BIN)/python -m pytest tests/slurm -m slurm

test-dag: .venv/test.stamp  ## what reruns after a change, with real Snakemake (minutes)
	$(BIN)/python -m pytest tests/dag

bench: .venv/run.stamp .bench/bin/python  ## benchmarks against Keras, PyTorch, scikit-learn, ...: benchmarks/RESULTS.md (an hour and a half)
	$(BIN)/python benchmarks/results.py --torch-python .bench/bin/python $(BENCH)

.bench/bin/python:
	$(PYTHON) -m venv .bench
	.bench/bin/pip install -q -r requirements/bench.in || echo "no PyTorch or nkululeko: what is not there will be left out"

ssl: .venv/run.stamp  ## PyTorch and transformers for `extractor: ssl` (5 GB on Linux)
	$(PIP) install -r requirements/ssl.in

test-ssl: .venv/test.stamp ssl  ## hidden states of small speech encoders, against transformers itself
	$(BIN)/python -m pytest tests/ssl

gpu: .venv/run.stamp  ## TensorFlow for a CUDA GPU in place of the CPU build (Linux; not run in CI)
	$(PIP) uninstall -y tensorflow-cpu
	$(PIP) install -r requirements/gpu.in

lock:  ## renew the hashed locks from requirements/*.in (needs uv)
	uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-emit-index-url --no-header \
	  requirements/run.in -o requirements/run.txt
	uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-emit-index-url --no-header \
	  -c requirements/run.txt requirements/test.in -o requirements/test.txt

.venv/bin/pip:  # and not python, which is there before an interrupted venv, or one without Debian's python3-venv, ends
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13) and "xser needs Python 3.11 to 3.13, as TensorFlow 2.21 does: make PYTHON=python3.13 ...")'
	$(PYTHON) -m venv .venv

.venv/run.stamp: requirements/run.txt pyproject.toml | .venv/bin/pip
	$(PIP) install --require-hashes -r requirements/run.txt
	$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

.venv/test.stamp: requirements/test.txt | .venv/run.stamp
	$(PIP) install --require-hashes -r requirements/test.txt
	@touch $@

clean:  ## remove results (and the run's bookkeeping), keep .venv
	rm -rf results .snakemake studies/emodb/results studies/emodb/.snakemake

.PHONY: help setup study run rates bench gpu ssl test test-ssl test-end-to-end lock clean test-slurm report test-browser test-dag
