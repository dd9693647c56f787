# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
insmod ladder2.ko
stat -c '%A %U %F' /dev/ladder2
cat /dev/ladder2
echo 'written to the kernel' >/dev/ladder2
cat /dev/ladder2
tail -c 7 /dev/ladder2
head -c 5000 /dev/zero >/dev/ladder2
wc -c </dev/ladder2
rmmod ladder2
