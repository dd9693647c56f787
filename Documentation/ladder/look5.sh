# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
insmod ladder4.ko
insmod ladder5.ko
echo 'once upon a time' >file
echo 1 >/proc/sys/vm/drop_caches
try file refs send5 refs receive refs
try file send5 change receive
rmmod ladder5 ladder4
