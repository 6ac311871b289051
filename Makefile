# SPDX-License-Identifier: Apache-2.0
#
# The words that people type. Each does all of its set-up by itself: system packages, configuration, build. Logs are in
# build/log. The build itself is CMake's (CMakePresets.json); nothing here is needed by who uses that directly.
.DEFAULT_GOAL := build
.PHONY: build run test stress stress-kafka bench bench-kernel package lint format clean help
MAKEFLAGS += --no-print-directory
SHELL := /bin/bash

# $(call packages,TITLE)   $(call compile,TITLE,PRESET,TARGETS)
packages = @packaging/step '$(1)' build/log/packages.log packaging/install-dependencies
compile = @packaging/step '$(1)' build/log/build-$(2).log packaging/build $(2) $(3)

build: ## (default) the program: build/release/picket
	$(call packages,[1/2] system packages)
	$(call compile,[2/2] build,release,picket)

run: ## watch this machine, or a virtual one with an intruder in it where this kernel cannot
	$(call packages,[1/4] system packages)
	$(call compile,[2/4] build,release,picket kernel_helper)
	@tests/e2e/run

test: ## everything: unit tests, sanitizers, fuzzers, real kernels
	@tests/run

stress: ## refusals and reloads under load, a storm of processes, verdicts on random rules (in a virtual machine, hours)
	$(call packages,[1/3] system packages)
	$(call compile,[2/3] build,release,picket picket_kernel_tests kernel_helper)
	@echo '[3/3] kernel 6.12: 32 threads, 100,000 times three calls each; 1,000 reloads; 200,000 processes; 200 sets of rules'
	@tests/kernel/run-stress build/release build/stress 32 100000 1000 200 1000

stress-kafka: ## ten minutes without a broker, kill -9 every 5 s, latency: against Apache Kafka (half an hour, mostly idle)
	$(call packages,[1/3] system packages)
	$(call compile,[2/3] build,release,kafka_endurance_test kafka_guest_test)
	@echo '[3/3] 60 s at 1,000 alerts/s, from the hook in a guest and from the sink: p99 below 50 ms; outages of 600 s at 2,000 alerts/s; 24 kills'
	@export PICKET_OUTAGE_SECONDS=600 PICKET_KILL_SECONDS=120 PICKET_KILL_EVERY=5 PICKET_LATENCY_SECONDS=60 \
	  PICKET_LATENCY_P99_MS=50; code=0; \
	  for test in guest endurance; do tests/kafka/run build/release/kafka_$${test}_test || code=1; done; exit $$code

bench: ## how fast the parts are that run for each event
	$(call packages,[1/3] system packages)
	$(call compile,[2/3] build,release,picket_bench)
	@echo '[3/3] benchmarks'
	@build/release/picket_bench

bench-kernel: ## what the sensor costs, in instructions: docs/performance.md (in a virtual machine, about ten minutes)
	$(call packages,[1/3] system packages)
	$(call compile,[2/3] build,release,picket bench_measure bench_empty_hook bench_nothing)
	@echo '[3/3] kernel 6.12, every instruction counted'
	@tests/bench/kernel/run build/release/picket build/release

package: ## the DEB and the RPM, in build/packages
	$(call packages,[1/3] system packages)
	$(call compile,[2/3] build,release,picket)
	@packaging/step '[3/3] packages' build/log/package.log cpack --config build/release/CPackConfig.cmake
	@ls -1 build/packages/*.deb build/packages/*.rpm

sources = git ls-files -co --exclude-standard -- '*.cpp' '*.h' '*.c' | xargs -r ls -d 2>/dev/null

lint: ## formatting and clang-tidy, as errors
	$(call packages,[1/4] system packages)
	$(call compile,[2/4] build,release)
	@packaging/step '[3/4] clang-format' build/log/format.log bash -c '$(sources) | xargs clang-format --dry-run -Werror'
	@packaging/step '[4/4] clang-tidy' build/log/tidy.log \
	  bash -c '$(sources) | grep "\.cpp$$" | xargs -P "$$(nproc)" -n 4 clang-tidy --quiet -p build/release'

format: ## puts every source file into the house's format
	@$(sources) | xargs clang-format -i

clean: ## removes all that was built (downloaded kernels stay in the cache)
	rm -rf build

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' Makefile
