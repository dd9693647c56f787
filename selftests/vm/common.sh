# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the scripts of this folder share.

CACHE=${ZCXFER_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/zcxfer}
TOP=$(readlink -f "$(dirname "${BASH_SOURCE[0]}")/../..")

say() {
	echo "-- $*" >&2
}

die() {
	echo "${0##*/}: $*" >&2
	exit 1
}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	else
		sudo --preserve-env=DEBIAN_FRONTEND "$@"
	fi
}
