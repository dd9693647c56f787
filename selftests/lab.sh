# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What `guest --lab` has for the lab: a disk, and two NICs on one wire.
# shellcheck disable=SC2034 # used by those that read this file

lab_disk=/dev/vda

load_drivers() {
	modprobe -qa virtio_blk e1000e || true
	sleep 1
}

# The two, joined by a comma; fails if they are not there.
lab_nics() {
	local mac nic found=()

	for mac in 52:54:00:00:01:0{1,2}; do
		nic=$(grep -lx "$mac" /sys/class/net/*/address) || return
		found+=("$(basename "$(dirname "$nic")")")
	done
	echo "${found[0]},${found[1]}"
}
