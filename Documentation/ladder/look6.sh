# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
insmod ladder4.ko
insmod ladder6.ko
echo 'once upon a time' >file
echo 1 >/proc/sys/vm/drop_caches
try file fill refs send6 refs released receive wait refs
try file send6 wait refs change receive
rmmod ladder6 ladder4
