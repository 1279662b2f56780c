# `make test` proves that it works; everything it needs and can install, it installs.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
export CARGO_TERM_COLOR ?= auto

.PHONY: test lint fmt bench bench-python bench-node wheels packages fuzz fuzz-python fuzz-node crash-matrix soak

test:
	@scripts/test

lint:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings

fmt:
	cargo fmt --all

# Figures are ratios within one run; nothing else on this machine is worth comparing.
bench:
	cargo build --release --locked -p chatislav
	cargo bench --locked -p chatislav-tests --bench verify
	cargo bench --locked -p chatislav-tests --bench explain
	cargo bench --locked -p chatislav-tests --bench receiver
	cargo bench --locked -p chatislav-tests --bench dispatcher

bench-python:
	scripts/python bench

bench-node:
	scripts/node bench

# A manylinux wheel and a source distribution in dist/, each installed once.
wheels:
	scripts/python wheels

# The npm package in dist/, with the addon of this machine, installed once.
packages:
	scripts/node pack

# A minute for each target, on from the corpus that is kept. Needs `cargo install cargo-fuzz`.
FUZZ_SECONDS ?= 60
fuzz:
	cd core && for target in signature event; do \
		RUSTC_BOOTSTRAP=1 cargo fuzz run $$target -- -max_total_time=$(FUZZ_SECONDS); \
	done

# The same for the Python package's surface; needs atheris, which PyPI has for some platforms.
fuzz-python:
	FUZZ_SECONDS=$(FUZZ_SECONDS) scripts/python fuzz

# The same for the Node package's surface.
fuzz-node:
	FUZZ_SECONDS=$(FUZZ_SECONDS) scripts/node fuzz

# What a kill at each point of a dispatcher's work does, into docs/crash-matrix.md.
crash-matrix:
	CHATISLAV_WRITE_DOCS=1 cargo test --locked -p chatislav-tests --test it outbox::crash::matrix

# A dispatcher that is killed every few seconds under a steady load; nothing may be lost. Not in CI.
SOAK_SECONDS ?= 600
soak:
	SOAK_SECONDS=$(SOAK_SECONDS) cargo test --locked -p chatislav-tests --test it outbox::crash::soak -- --ignored --nocapture
