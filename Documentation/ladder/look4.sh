# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
insmod ladder4.ko
echo 'once upon a time' >disk/file
sync
try disk/file copy
try disk/file at=5 copy
echo 1 >/proc/sys/vm/drop_caches
try disk/file copy
cat disk/file
try disk/file copy
echo 'a file in memory' >file
echo 1 >/proc/sys/vm/drop_caches
try file refs
rmmod ladder4
