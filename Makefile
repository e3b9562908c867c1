# Everything is one word: `make help` lists the words. What is built lies in dist/, what is installed in .local/.

PYTHON := .local/venv/bin/python
FUZZ_SECONDS ?= 60

.DEFAULT_GOAL := help
.PHONY: help setup setup-sdk build build-slim command build-planted-panic demo test bench bench-tokens fuzz docs clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 20

setup: ## install Envoy and Python's environment into .local/
	@.ci/setup

setup-sdk:
	@.ci/setup --sdk

build: ## build dist/postern.wasm, the module Envoy loads
	@.ci/build-wasm

build-slim: ## the same without OpenAI's vocabularies, 2 MB smaller: dist/postern-slim.wasm
	@POSTERN_DEFAULT_FEATURES=no .ci/build-wasm --out dist/postern-slim.wasm

command: ## build dist/postern, the operator's command
	cargo build --profile command --bin postern
	@mkdir -p dist && cp target/command/postern dist/postern

# A module with a panic on purpose, for the tests of what a panic does.
build-planted-panic:
	@.ci/build-wasm --features planted-panic

demo: build setup ## run Postern in Envoy before scripted providers
	@$(PYTHON) envoy/demo.py

test: ## check format and lints, run the native tests, then those in a real Envoy
	cargo fmt --check
	cargo clippy --all-targets -- -D warnings
	@if command -v cargo-nextest >/dev/null; then cargo nextest run; else cargo test; fi
	@$(MAKE) --no-print-directory build build-planted-panic setup-sdk
	$(PYTHON) -m pytest tests/envoy tests/sdk

bench: build setup ## measure what Postern adds to a plain Envoy
	$(PYTHON) benches/envoy/bench.py

bench-tokens: ## hold the token counts against tiktoken and others' tokenizers
	$(PYTHON) benches/tokens/compare.py

# FUZZ_TARGETS: which, FUZZ_SECONDS: how long each. What is new is kept in fuzz/found/, which git ignores.
fuzz: ## fuzz each target for FUZZ_SECONDS (60)
	@PATH="$$PWD/.local/bin:$$PATH"; cd fuzz; \
	cargo fuzz --version >/dev/null 2>&1 || \
		{ echo 'no cargo-fuzz. To have it: cargo install cargo-fuzz --root .local' >&2; exit 1; }; \
	for target in $(or $(FUZZ_TARGETS),$$(cargo fuzz list)); do \
		mkdir -p found/$$target; dictionary=dictionaries/$$target.dict; \
		cargo +nightly fuzz run $$target found/$$target corpus/$$target -- -max_total_time=$(FUZZ_SECONDS) \
			-timeout=10 -max_len=4096 $$([ ! -f $$dictionary ] || echo -dict=$$dictionary) || exit 1; \
	done

docs: ## write the generated pages of docs/ again
	cargo run --example docs

clean: ## remove what was built; .local/ stays
	rm -rf target dist
