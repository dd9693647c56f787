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

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	else
		sudo --preserve-env=DEBIAN_FRONTEND "$@"
	fi
}
