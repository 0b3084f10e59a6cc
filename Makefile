# Two commands matter: `make run` and `make test`. Each sets up what is missing on a bare Debian 12 (root or sudo), is
# safe to repeat, and touches no network when nothing is missing.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup run build test test-build nightly bench package format tidy clean

JOBS ?= $(shell nproc)
DATA ?= $(or $(DPLAKE_DATA),lake-data)
ADDRESS ?= 127.0.0.1
PORT ?= 8080
# What `make test` runs, and how long its open-ended tests may take.
TEST_LABELS := ^(law|unit|sql|door|kill|sweep)$$
KILL_ROUNDS ?= 20
SWEEP_SECONDS ?= 300

help: ## this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1\t\2/p' $(firstword $(MAKEFILE_LIST)) | while IFS=$$'\t' read -r name what; do \
	  printf '  make %-10s %s\n' "$$name" "$$what"; done

setup: ## install what a build needs and the pinned engine, when missing
	@tools/install_packages.sh build
	@tools/setup_duckdb.sh

build: setup ## build build/release/dplake
	@cmake --preset release >/dev/null
	@cmake --build --preset release -j$(JOBS) --target dplake

run: build ## build, make a data directory with a sample on the first start, serve it on loopback
	@exec build/release/dplake serve --data "$(DATA)" --address $(ADDRESS) --port $(PORT) --sample

test-build: setup
	@tools/install_packages.sh test
	@cmake --preset dev >/dev/null
	@cmake --build --preset dev -j$(JOBS) --target all lake_headers

test: test-build ## build the dev preset; law, unit, SQL and door tests, 20 kill rounds, at most 5 minutes of sweep
	@DPLAKE_KILL_ROUNDS=$(KILL_ROUNDS) DPLAKE_SWEEP_SECONDS=$(SWEEP_SECONDS) \
	  ctest --test-dir build/dev -L '$(TEST_LABELS)' -j$(JOBS) --timeout 900 --no-tests=error --output-on-failure

nightly: setup ## everything: test, asan, tsan, clang-tidy on all files, fuzzing, 200 kill rounds, the whole sweep
	@tools/install_packages.sh test nightly
	@tools/nightly.sh $(JOBS)

bench: setup ## build the release preset with its benchmarks, run them, print both sides of each ratio
	@cmake --preset release -DLAKE_BENCH=ON >/dev/null
	@cmake --build --preset release -j$(JOBS) --target bench

package: build ## a relocatable tarball and a .deb in dist/, tried in a clean root
	@tools/install_packages.sh package
	@tools/make_packages.sh
	@tools/test_package.sh dist

format: ## clang-format all C++
	@tools/install_packages.sh nightly
	@git ls-files '*.cpp' '*.hpp' | xargs clang-format-19 -i

tidy: setup ## clang-tidy on the files that differ from main
	@tools/install_packages.sh nightly
	@tools/clang_tidy.sh changed $(JOBS)

clean: ## remove build/ and dist/
	rm -rf build dist
