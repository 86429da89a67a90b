# make demo: the whole workflow on the simulated corpus.   make tables: every table and figure of it, all systems.
# make test: style, lint and tests.   make test-whole: tests that take several whole runs of the workflow.
# make test-cluster: the workflow on a SLURM of one machine, as root on Debian, and by commands that pretend to be PBS's.
# make test-faults: kills at every stage, a full disk, damaged files.   make fuzz: thousands of broken and hostile inputs.
# make audit: known vulnerabilities of the pinned requirements, as far as the index of them can be reached.
# make bench-bank: search of a bank by its size, up to a million entries, in benchmarks/bank.md; needs a finished demo.
# make bench-generator: speed of the generator's presets, and what the vocoder needs, in benchmarks/*.md.
# make bench-physics: accuracy and speed of the estimates of modes and residual, in benchmarks/*.md.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
CORES ?= $(shell nproc)
export PATH := $(CURDIR)/.venv/bin:$(PATH)

.PHONY: demo tables test test-whole test-cluster test-faults fuzz audit bench-physics bench-generator bench-bank
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

test-faults: .venv/installed
	pytest -m faults -rs -s tests/faults

fuzz: .venv/installed
	pytest -m fuzz -rs -s tests/fuzz

# in an environment of its own, since it would change the pinned one; a package that the index does not know fails it
audit: .venv/installed
	test -x .venv/audit/bin/pip-audit || ($(PYTHON) -m venv .venv/audit && .venv/audit/bin/pip install --quiet pip-audit==2.10.1)
	.venv/audit/bin/pip-audit --strict --disable-pip --require-hashes --requirement requirements.txt

bench-bank: .venv/installed
	python benchmarks/bank.py

bench-physics: .venv/installed
	python benchmarks/modes.py
	python benchmarks/modes_gpu.py
	python benchmarks/residual.py

bench-generator: .venv/installed
	python benchmarks/generator.py
	python benchmarks/vocoder.py

.venv/installed: requirements.txt pyproject.toml
	$(PYTHON) -m venv .venv
	.venv/bin/pip install --quiet --requirement requirements.txt
	.venv/bin/pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@
