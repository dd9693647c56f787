#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Planted: one fault of every kind. Not the "who" of the quotes, nor
# a peer who waits.
echo "$# arguments, $(echo "the queue was deserted" | grep -v '# it')"

# Is this a question?
cat <<-END
	usage: ${0#*/} FILE...

	The file is not
	to be changed.
END

test_who_waits() {
	grep -q 'it tells' "$1"
}
