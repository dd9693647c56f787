# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
insmod ladder4.ko
insmod ladder7.ko
echo 'once upon a time' >file
echo 1 >/proc/sys/vm/drop_caches
try file refs send7 refs receive refs
try file send7 change receive
rmmod ladder7 ladder4
