#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Trace the stations of the tour. Run this script in the guest of `make shell`.
# Documentation/tour.rst explains the output.
#
#   Documentation/tour.sh [BYTES [FUNCTION...]]
set -euo pipefail

bytes=${1:-4096}
shift $(($# > 0))
stations=(zcx_xfer_step cache_gather page_cache_sync_ra ext4_mpage_readpages
	folio_end_read zcx_send tcp_sendmsg_locked fill_packet
	tcp_write_xmit __ip_queue_xmit dev_hard_start_xmit loopback_xmit
	tcp_ack skb_release_data "$@")
tracing=/sys/kernel/tracing
zcxfer=$(dirname "$(readlink -f "$0")")/../build/guest/zcxfer
work=$(mktemp -d)

clean_up() {
	echo 0 >$tracing/tracing_on
	echo nop >$tracing/current_tracer
	echo >$tracing/set_ftrace_filter
	echo 0 >$tracing/events/zcxfer/enable
	if mountpoint -q "$work/disk"; then umount "$work/disk"; fi
	if mountpoint -q "$work"; then umount "$work"; fi
	rmdir "$work"
}
trap clean_up EXIT

# Put the file on a new file system (ext4 in an image), then empty the page cache.
mount -t tmpfs tour "$work"
truncate -s 64M "$work/image"
mkfs.ext4 -q "$work/image"
mkdir "$work/disk"
modprobe -q loop || true
mount -o loop "$work/image" "$work/disk"
head -c "$bytes" /dev/urandom >"$work/disk/page"
sync
echo 3 >/proc/sys/vm/drop_caches

echo >$tracing/trace
for function in "${stations[@]}"; do
	echo "$function" 2>/dev/null >>$tracing/set_ftrace_filter ||
		echo "cannot trace this function: $function" >&2
done
echo function >$tracing/current_tracer
echo 1 >$tracing/events/zcxfer/enable

"$zcxfer" receive 9000 -o /dev/null &
sleep 1
echo 1 >$tracing/tracing_on
"$zcxfer" send "$work/disk/page" localhost:9000
wait
echo 0 >$tracing/tracing_on
# Leave out the packets that open and close the connection.
sed -n '/zcx_xfer_step/,/zcxfer_done/p' $tracing/trace
echo
echo "number of calls:"
for function in "${stations[@]}"; do
	printf '%6d  %s\n' "$(grep -c ": $function <-" $tracing/trace || true)" \
		"$function"
done
