# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What `guest --lab` has for the lab: a disk, and two NICs on one wire.
# shellcheck disable=SC2034 # used by those that read this file

lab_disk=/dev/vda

# The two, joined by a comma; fails if they are not there.
find_nics() {
	local mac nic found=()

	for mac in 52:54:00:00:01:0{1,2}; do
		nic=$(grep -slx "$mac" /sys/class/net/*/address) || return
		found+=("$(basename "$(dirname "$nic")")")
	done
	echo "${found[0]},${found[1]}"
}

# Loads the drivers; prints the NICs as zcxfer-lab wants them, if they are there. They
# get their names a while after their driver.
lab_nics() {
	local i names='' before

	modprobe -qa virtio_blk e1000e || true
	for ((i = 0; i < 5; i++)); do
		before=$names
		sleep 1
		names=$(find_nics) || continue
		[ "$names" != "$before" ] || break
	done
	echo "$names"
}
