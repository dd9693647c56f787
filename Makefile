# SPDX-License-Identifier: GPL-2.0-only
#
# `make help` lists the targets. Products go below build/, one folder for each
# kernel that the module is built for.

CACHE := $(or $(ZCXFER_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/zcxfer)
RUNNING := /lib/modules/$(shell uname -r)/build

# The kernel to build for: the running one if its headers are here, else the
# guest's from the cache.
KDIR ?= $(or $(wildcard $(RUNNING)),$(CACHE)/kdir)
BUILD ?= $(CURDIR)/build/host
KSRC := $(CACHE)/source
PREFIX ?= /usr/local

# The kernel of `make check`.
KERNEL ?= stock

VM := selftests/vm
GUEST := $(CURDIR)/build/guest
for_guest = $(MAKE) --no-print-directory BUILD=$(GUEST) KDIR=$(CACHE)/kdir

all: module userspace	## build module, library and client (KDIR=..., BUILD=...)

help:			## this list
	@echo 'zcxfer: file ranges and memory into a stream socket, zero copy'
	@echo
	@sed -n 's/^\([a-z_-]*\):[^#]*## *\(.*\)/  make \1|\2/p' Makefile | \
		awk -F'|' '{ printf "%-24s %s\n", $$1, $$2 }'

# Kbuild writes its objects beside the sources, so it gets a tree of links.
KMOD := $(BUILD)/kmod
KMOD_FILES := Kbuild $(wildcard module/*.[ch] uapi/linux/*.h)
KMOD_LINKS := $(KMOD_FILES:%=$(KMOD)/%)

$(KMOD_LINKS): $(KMOD)/%:
	@mkdir -p $(@D)
	@ln -sfn $(CURDIR)/$* $@

module: $(KMOD_LINKS)	## the kernel module alone
	@[ -e $(KDIR)/Makefile ] || { echo >&2 \
	  "no kernel headers in $(KDIR): run 'make setup', or give KDIR=..."; exit 1; }
	$(MAKE) -C $(KDIR) M=$(KMOD) $(KFLAGS) modules
	@cp $(KMOD)/zcxfer.ko $(BUILD)/zcxfer.ko

userspace:		## library and client alone
	$(MAKE) -C userspace BUILD=$(BUILD)

tests: userspace	# the selftests and the bench, for a guest
	@mkdir -p $(BUILD)/selftests
	$(MAKE) -C selftests OUTPUT=$(BUILD)/selftests KSRC=$(KSRC)
	$(MAKE) -C selftests/bench BUILD=$(BUILD)

setup:			## install all that is needed; kernels go to ~/.cache/zcxfer
	@$(VM)/setup

guest-build: setup
	@echo '-- building for the guest' >&2
	@$(for_guest) -s module userspace tests

demo: guest-build	## show the main job in a guest, on real files
	@$(VM)/guest -- selftests/demo

check: lint check-report guest-build	## all tests in a guest (23 minutes; TESTS="abi send", KERNEL=7.3)
	@$(MAKE) --no-print-directory -C userspace BUILD=$(GUEST) check
	@$(VM)/check $(KERNEL) $(TESTS)

check-native: guest-build	## the selftests under KASAN, lockdep, kmemleak (20 minutes)
	@$(VM)/check native $(TESTS)

check-smp: guest-build	## the tests that can race, on two processors of 7.3 (13)
	@$(VM)/check native-smp $(TESTS)

check-debug: guest-build	## the same in QEMU, with two processors of 6.12 (hours)
	@$(VM)/check debug $(TESTS)

check-builds: setup	## the module for 6.12, 7.3, amd64, PREEMPT_RT, arm64 (4)
	@selftests/builds

check-report: setup	## the lab's pictures and report, in a headless browser (1 minute)
	@selftests/report/run

bench: guest-build	## compare with sendfile and others; writes build/bench.json
	@$(VM)/guest -- selftests/bench/run

instructions: guest-build	## the same in instructions (SHAPE="4 KiB x 64": by function)
	@selftests/instructions/run $(if $(SHAPE),'$(SHAPE)')

lab: guest-build	## measure each method of sending a file; build/lab/lab.html (LAB="pio" for one)
	@$(VM)/guest --lab -- selftests/lab $(LAB)

lint: setup		## sparse, W=1, checkpatch, shellcheck, kernel-doc, words, docs
	@selftests/lint/run

htmldocs: setup		## the book, into build/htmldocs
	@KSRC=$(KSRC) sphinx-build -q -E -b html -W -n --keep-going \
		-j auto -d build/doctrees Documentation build/htmldocs
	@echo 'build/htmldocs/index.html'

shell: guest-build	## a shell in a guest with the module loaded, in a folder on ext4
	@$(VM)/guest --shell "'$(CURDIR)/selftests/shell'"

modules_install: module	## install the module for the kernel in KDIR
	$(MAKE) -C $(KDIR) M=$(KMOD) modules_install

install: userspace	## client, library, headers, manuals, udev rule (DESTDIR, PREFIX)
	$(MAKE) -C userspace BUILD=$(BUILD) PREFIX=$(PREFIX) install

clean:			## remove build/ (the cache stays)
	rm -rf build

.PHONY: all help module userspace tests setup guest-build demo check
.PHONY: check-native check-smp check-debug check-builds check-report bench
.PHONY: instructions lab
.PHONY: lint htmldocs shell modules_install install clean
