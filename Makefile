# SPDX-License-Identifier: GPL-2.0-only
#
# `make help` lists the targets. Products go below build/, one folder for each
# kernel that the module is built for.

CACHE := $(or $(ZCXFER_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/zcxfer)
RUNNING := /lib/modules/$(shell uname -r)/build

# The kernel to build for: the running one if its headers are here, else the
# guest's from the cache.
KDIR ?= $(or $(wildcard $(RUNNING)),$(CACHE)/kdir)
BUILD ?= build/host
# Names in make have no spaces: so a directory below this one has its name from here.
override BUILD := $(shell realpath -m --relative-base=. -- "$(BUILD)")
BUILD_PATH := $(shell realpath -m -- "$(BUILD)")
KSRC := $(CACHE)/source
VERSION := $(shell cat VERSION)

# The kernel of `make check`.
KERNEL ?= stock

VM := selftests/vm
GUEST := $(CURDIR)/build/guest
DEB := $(BUILD)/deb
for_guest = $(MAKE) --no-print-directory BUILD=$(GUEST) KDIR=$(CACHE)/kdir LADDER=m

all: module userspace	## build module, library and client (KDIR=..., BUILD=...)

help:			## this list
	@echo 'zcxfer: file ranges and memory into a stream socket, zero copy'
	@echo
	@sed -n 's/^\([a-z_-]*\):[^#]*## *\(.*\)/  make \1|\2/p' Makefile | \
		awk -F'|' '{ printf "%-24s %s\n", $$1, $$2 }'

# Kbuild writes its objects beside the sources, so it gets a tree of links.
KMOD := $(BUILD)/kmod
KMOD_PATH := $(BUILD_PATH)/kmod
KMOD_FILES := Kbuild VERSION $(wildcard module/*.[ch] uapi/linux/*.h)
KMOD_FILES += Documentation/ladder/Kbuild $(wildcard Documentation/ladder/*.[ch])
KMOD_LINKS := $(KMOD_FILES:%=$(KMOD)/%)

$(KMOD_LINKS): $(KMOD)/%:
	@mkdir -p $(@D)
	@ln -sfn "$(CURDIR)/$*" $@

module: $(KMOD_LINKS)	## the kernel module alone
	@[ -e $(KDIR)/Makefile ] || { echo >&2 \
	  "no kernel headers in $(KDIR): run 'make setup', or give KDIR=..."; exit 1; }
	@[ '$(words $(KMOD_PATH))' = 1 ] || { echo >&2 \
	  "kbuild accepts no path with a space: give BUILD=/some/where"; exit 1; }
	$(MAKE) -C $(KDIR) M=$(KMOD_PATH) $(KFLAGS) modules
	@cp $(KMOD)/zcxfer.ko $(BUILD)/zcxfer.ko
ifeq ($(LADDER),m)
	@mkdir -p $(BUILD)/ladder
	@cp $(KMOD)/Documentation/ladder/*.ko $(BUILD)/ladder
endif

userspace:		## library and client alone
	$(MAKE) -C userspace BUILD="$(BUILD_PATH)"

tests: userspace	# the selftests and the bench, for a guest
	@mkdir -p $(BUILD)/selftests
	$(MAKE) -C selftests OUTPUT=$(BUILD_PATH)/selftests KSRC=$(KSRC)
	$(MAKE) -C selftests/bench BUILD=$(BUILD_PATH)
	@mkdir -p $(BUILD)/ladder
	$(CC) -O2 -Wall -Wextra -o $(BUILD)/ladder/try Documentation/ladder/try.c

setup:			## install all that is needed; kernels go to ~/.cache/zcxfer
	@$(VM)/setup

guest-build: setup
	@echo '-- building for the guest' >&2
	@$(for_guest) -s module userspace tests

# What a guest needs that runs no test.
demo-build:
	@$(VM)/setup guest
	@echo '-- building for the guest' >&2
	@$(for_guest) -s module userspace

demo: demo-build	## serve real files through /dev/zcxfer in a guest
	@$(VM)/guest -- selftests/demo

check: lint check-report guest-build	## all tests in a guest (30 minutes; TESTS="abi send", KERNEL=7.3)
	@$(MAKE) --no-print-directory -C userspace BUILD=$(GUEST) check
	@$(VM)/check $(KERNEL) $(TESTS)

check-native: guest-build	## the selftests under KASAN, lockdep, kmemleak (25 minutes; first builds a kernel)
	@$(VM)/check native $(TESTS)

check-smp: guest-build	## the tests that can race, on two processors, kernel 7.3 (13 minutes)
	@$(VM)/check native-smp $(TESTS)

check-debug: guest-build	## the same in QEMU, with two processors of 6.12 (hours)
	@$(VM)/check debug $(TESTS)

check-builds: setup	## the module for 6.12, 7.3, amd64, PREEMPT_RT, arm64 (4 minutes)
	@selftests/builds

check-deb: setup deb	## packages: install, use, upgrade, purge on Debian 12 and 13 (6 minutes)
	@selftests/packages/run $(DEB)

check-exercises: guest-build	## the solutions of the ladder's exercises (2 minutes)
	@selftests/exercises

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

htmldocs:		## the book, into build/htmldocs
	@$(VM)/setup book
	@KSRC=$(KSRC) sphinx-build -q -E -b html -W -n --keep-going \
		-j auto -d build/doctrees Documentation build/htmldocs
	@echo 'build/htmldocs/index.html'

step: guest-build	## a step of the ladder in a guest, then a shell (N=3)
	@$(VM)/guest --shell 'Documentation/ladder/step $(or $(N),1)'

shell: demo-build	## a shell in a guest with the module loaded, in a folder on ext4
	@$(VM)/guest --shell "'$(CURDIR)/selftests/shell'"

# The module to install is a copy without the symbols for debuggers; a signature is at its
# end, so a signed copy stays until another module is built.
READY := $(BUILD)/install/zcxfer.ko
RELEASE = $(shell cat $(KDIR)/include/config/kernel.release)
MODULE_DIR = $(INSTALL_MOD_PATH)$(DESTDIR)/lib/modules/$(RELEASE)/updates
# Those that DKMS has made for this machine.
KEY ?= /var/lib/dkms/mok.key
CERT ?= /var/lib/dkms/mok.pub

ready: module
	@mkdir -p $(BUILD)/install
	@cmp -s $(BUILD)/zcxfer.ko $(BUILD)/install/built || { \
		cp $(BUILD)/zcxfer.ko $(BUILD)/install/built && \
		$(CROSS_COMPILE)strip --strip-debug -o $(READY) $(BUILD)/zcxfer.ko; }

sign: ready		## sign the module for Secure Boot (KEY=, CERT=; see the book)
	@[ -r "$(KEY)" ] && [ -r "$(CERT)" ] || { echo >&2 \
	  "cannot read $(KEY) or $(CERT): give KEY= and CERT=; Documentation/secure-boot.rst shows how to make them"; exit 1; }
	@modinfo -F signer $(READY) | grep -q . || \
		$(KDIR)/scripts/sign-file sha256 "$(KEY)" "$(CERT)" $(READY)
	@modinfo -F signer $(READY) | sed 's/^/signed by /'

modules_install: ready	## install the module for the kernel in KDIR
	@printf '  INSTALL %s\n' "$(MODULE_DIR)/zcxfer.ko"
	@install -D -m 644 $(READY) "$(MODULE_DIR)/zcxfer.ko"
	@[ -n "$(INSTALL_MOD_PATH)$(DESTDIR)" ] || /sbin/depmod $(RELEASE)

modules_uninstall:	## remove the module from the kernel in KDIR
	@printf '  RM      %s\n' "$(MODULE_DIR)/zcxfer.ko"
	@rm -f "$(MODULE_DIR)/zcxfer.ko"
	@[ -n "$(INSTALL_MOD_PATH)$(DESTDIR)" ] || /sbin/depmod $(RELEASE)

install: userspace	## client, library, manuals, udev rule (DESTDIR, PREFIX, LIBDIR, ...)
	@$(MAKE) --no-print-directory -C userspace BUILD="$(BUILD_PATH)" install

uninstall:		## remove what install has put there (the same variables)
	@$(MAKE) --no-print-directory -C userspace BUILD="$(BUILD_PATH)" uninstall

# What a kernel module needs, for DKMS and the package.
DKMS_DIR = $(DESTDIR)/usr/src/zcxfer-$(VERSION)

dkms-source:		# into DESTDIR
	install -d "$(DKMS_DIR)/module" "$(DKMS_DIR)/uapi/linux"
	install -m 644 Kbuild VERSION dkms.conf "$(DKMS_DIR)"
	install -m 644 $(wildcard module/*.[ch]) "$(DKMS_DIR)/module"
	install -m 644 $(wildcard uapi/linux/*.h) "$(DKMS_DIR)/uapi/linux"

dkms-install: dkms-source	## let DKMS build the module for this kernel and later ones
	dkms install zcxfer/$(VERSION) $(if $(KERNELRELEASE),-k $(KERNELRELEASE))

dkms-uninstall:		## the reverse
	-dkms remove zcxfer/$(VERSION) --all
	rm -rf "$(DKMS_DIR)"

# The packages are built in a copy of the files that are in git or could be, so that
# nothing is left here.
deb:			## Debian packages, into build/host/deb
	rm -rf $(DEB)
	mkdir -p $(DEB)/zcxfer-$(VERSION)
	git ls-files -z --cached --others --exclude-standard | \
		tar -c --null -T - | tar -x -C $(DEB)/zcxfer-$(VERSION)
	cd $(DEB)/zcxfer-$(VERSION) && KSRC=$(KSRC) dpkg-buildpackage -us -uc -b \
		$(if $(wildcard $(KSRC)),-Ppkg.zcxfer.ksrc)
	@ls $(DEB)/*.deb

clean:			## remove build/ (the cache stays)
	rm -rf build

.PHONY: all help module userspace tests setup guest-build demo-build demo check
.PHONY: check-native check-smp check-debug check-builds check-deb check-report bench
.PHONY: check-exercises instructions lab step
.PHONY: lint htmldocs shell ready sign modules_install modules_uninstall
.PHONY: install uninstall dkms-source dkms-install dkms-uninstall
.PHONY: deb clean
