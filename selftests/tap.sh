# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Shared by the selftests that are scripts. Such a script defines make_files, which
# fills $dir, and tests, each a function test_NAME; and ends with "run_tests PREFIX",
# which prints TAP.
#
# A test runs in a subshell with errexit and in a directory of its own: each of its
# lines is a check, and all processes that it has started end with it.
# shellcheck disable=SC2317,SC2329 # called by those that read this file

dir=	# where the files of the script are

# Waits until a command succeeds: $1 seconds, or longer on a slow machine.
wait_until() {
	local i tries=$(($1 * 20))

	shift
	for ((i = 0; i < tries; i++)); do
		"$@" && return
		sleep 0.05
	done
	echo "timed out: $*"
	return 1
}

gone() {
	! kill -0 "$1" 2>/dev/null
}

ends() {	# ends PID CODE [SECONDS]: the child exits, with that code
	local rc=0

	wait_until "${3:-30}" gone "$1"
	wait "$1" || rc=$?
	echo "exit code $rc"
	[ "$rc" = "$2" ]
}

slice() {	# slice FILE OFFSET LENGTH
	dd if="$1" iflag=skip_bytes,count_bytes skip="$2" count="$3" bs=64K \
		status=none
}

get() {
	curl -q --noproxy '*' -sS --max-time 60 "$@"
}

no_jobs() {
	[ -z "$(jobs -pr)" ]
}

# In silence: the shell would print every process that it kills.
stop_all() {
	trap - ERR
	exec 2>/dev/null
	# shellcheck disable=SC2046 # process ids
	no_jobs || kill -KILL $(jobs -pr) || true
	wait_until 30 no_jobs
}

run_test() {
	mkdir "$dir/$1" && cd "$dir/$1" || return
	set -Ee
	trap 'echo "lines $LINENO ${BASH_LINENO[*]}: $BASH_COMMAND"' ERR
	trap stop_all EXIT
	"test_$1"
}

# run_tests PREFIX: runs the tests whose names match TAP_ONLY, in the file's order.
run_tests() {
	local name number=0 tests

	mapfile -t tests < <(sed -n 's/^test_\([a-z0-9_]*\)() {$/\1/p' "$0" |
		grep -E "${TAP_ONLY:-.}")
	echo "1..${#tests[@]}"
	ip link set lo up 2>/dev/null
	trap '[ -z "$dir" ] || rm -rf "$dir"' EXIT
	dir=$(mktemp -d "/mnt/zcxfer/ext4/$1.XXXXXX") && make_files ||
		echo '# make_files failed'
	for name in "${tests[@]}"; do
		number=$((number + 1))
		# Not in a condition: errexit has no effect there.
		(run_test "$name") >"$dir/log" 2>&1
		# shellcheck disable=SC2181
		if [ $? = 0 ]; then
			echo "ok $number $1.$name"
		else
			tail -n 20 "$dir/log" "$dir/$name/"*.err 2>/dev/null |
				sed 's/^/# /'
			echo "not ok $number $1.$name"
		fi
	done
	exit 0
}
