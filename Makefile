# make demo: the whole workflow on the simulated corpus.   make tables: every table and figure of it, all systems.
# make test: style, lint and tests.   make test-whole: tests that take several whole runs of the workflow.
# make test-cluster: the workflow on a SLURM of one machine, as root on Debian, and by commands that pretend to be PBS's.
# make bench-generator: speed of the generator's presets, and what the vocoder needs, in benchmarks/*.md.
# make bench-physics: accuracy and speed of the estimates of modes and residual, in benchmarks/*.md.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
CORES ?= $(shell nproc)
export PATH := $(CURDIR)/.venv/bin:$(PATH)

.PHONY: demo tables test test-whole test-cluster bench-physics bench-generator
demo: .venv/installed
	snakemake --cores $(CORES) --resources gpu=1 --configfile configs/demo.yaml

tables: .venv/installed
	snakemake --cores $(CORES) --resources gpu=1 --configfile configs/tables.yaml

test: .venv/installed
	ruff check .
	ruff format --check .
	snakefmt --check Snakefile rules
	snakemake --lint
	pytest

test-whole: .venv/installed
	pytest -m whole

test-cluster: .venv/installed
	pytest -m cluster -rs -s tests/cluster

bench-physics: .venv/installed
	python benchmarks/modes.py
	python benchmarks/residual.py

bench-generator: .venv/installed
	python benchmarks/generator.py
	python benchmarks/vocoder.py

.venv/installed: requirements.txt pyproject.toml
	$(PYTHON) -m venv .venv
	.venv/bin/pip install --quiet --requirement requirements.txt
	.venv/bin/pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@
