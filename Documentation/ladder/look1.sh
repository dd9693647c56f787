# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
insmod ladder1.ko
grep -o '^ladder1' /proc/modules
rmmod ladder1
dmesg --notime | grep ladder1: | tail -n 2
