# Front door. `make demo` shows Rhumb, `make test` proves it; the work is Meson's, in build/.
#
#   make               release build: build/release/rhumb
#   make demo          a made-up town built, three requests answered, then served (ONCE=1 ends there)
#   make check         before every commit, under 90 s: format, layers, symbols, gcc, unit tests
#   make test          everything; .ci/run is only this
#   make bench         benchmarks of every layer (FOR=geo: of one), in a release build
#   make quality       what is found of real addresses, one table a city (needs ../shared/data, osmium)
#   make fuzz FOR=json a fuzzer over its corpus for SECONDS=60 (clang)
#   make install       to PREFIX=/usr/local, below DESTDIR when given
#   make format        clang-format every C file
#   make clean         removes build/

PREFIX ?= /usr/local
SECONDS ?= 60
BINARY = build/release/rhumb
LLHTTP = $(if $(wildcard build/deps/usr/share/llhttp/llhttp.c),-Dllhttp=$(CURDIR)/build/deps/usr/share)
RELEASE = --buildtype=release -Doptimization=2 -Db_lto=true -Db_pie=true --prefix=$(PREFIX)

.PHONY: all demo check test bench quality fuzz install format clean deps
.DEFAULT_GOAL := all

all: build/release/build.ninja
	@ninja --quiet -C build/release

build/release/build.ninja: meson.build meson_options.txt $(wildcard src/*/meson.build)
	@$(MAKE) --no-print-directory deps
	@$(MAKE) --no-print-directory configure-release

# A make of its own, so that LLHTTP sees what deps has just fetched.
.PHONY: configure-release
configure-release:
	@meson setup $(if $(wildcard build/release/build.ninja),--reconfigure) build/release $(RELEASE) $(LLHTTP) >build/release.log || { cat build/release.log; exit 1; }
	@touch build/release/build.ninja

deps:
	@mkdir -p build
	@scripts/deps.sh build

demo: all
	@$(BINARY) demo --directory build/demo $(if $(ONCE),--once)

check:
	@python3 scripts/test.py check

test:
	@scripts/deps.sh test
	@python3 scripts/test.py all

bench:
	@scripts/deps.sh test
	@python3 scripts/test.py bench $(FOR)

quality: all
	@python3 tests/quality/table.py --rhumb $(BINARY) $(if $(FOR),$(FOR))

fuzz:
	@scripts/deps.sh test
	@python3 scripts/test.py fuzz $(or $(FOR),$(error say which: make fuzz FOR=json)) $(SECONDS)

install: all
	@meson configure build/release -Dprefix=$(PREFIX)
	@DESTDIR=$(DESTDIR) meson install -C build/release --quiet

format:
	@find src tests tools -name '*.[ch]' -o -name '*.cpp' | xargs clang-format-14 -i

clean:
	rm -rf build
