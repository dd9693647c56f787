# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
insmod ladder3.ko
head -c 65536 /dev/zero >disk/file
sync
try disk/file len=65536 cached
echo 1 >/proc/sys/vm/drop_caches
try disk/file len=65536 cached
head -c 4096 disk/file >/dev/null
try disk/file len=4096 cached
rmmod ladder3
