# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Shared by the scripts that work with the guest.
# shellcheck disable=SC2034 # used by those that read this file

CACHE=${ZCXFER_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/zcxfer}
TOP=$(readlink -f "$(dirname "${BASH_SOURCE[0]}")/../..")

say() {
	echo "-- $*" >&2
}

die() {
	echo "${0##*/}: $*" >&2
	exit 1
}

# add_results FILE...: the sums of the lines "N passed, N failed[, N skipped]" in the files,
# three numbers.
add_results() {
	cat "$@" 2>/dev/null | tr -d '\r' |
		sed -nE 's/^([0-9]+) passed, ([0-9]+) failed(, ([0-9]+) skipped)?$/\1 \2 \4/p' |
		awk '{ p += $1; f += $2; s += $3 } END { print p + 0, f + 0, s + 0 }'
}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	else
		sudo --preserve-env=DEBIAN_FRONTEND "$@"
	fi
}
