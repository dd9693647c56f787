# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Packages: installed on this machine, or only unpacked into the cache; from this
# system's release, or from Debian 13 and its backports. Needs common.sh.

apt_get() {
	DEBIAN_FRONTEND=noninteractive as_root apt-get -qq \
		-o Acquire::Retries=3 "$@"
}

apt_updated=
apt_update() {
	[ -n "$apt_updated" ] && return
	say "updating the package lists"
	apt_get update
	apt_updated=1
}

# Runs apt as the caller, to download from this system's release.
apt_here() {
	apt-get -qq -o APT::Sandbox::User= -o Acquire::Retries=3 "$@"
}

# Prints the Debian mirror of apt's sources, whichever form they have.
debian_mirror() {
	local codename

	# shellcheck source=/dev/null
	codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
	# shellcheck disable=SC2016 # apt's variables, not the shell's
	apt-get indextargets --format '$(CODENAME) $(COMPONENT) $(REPO_URI)' |
		awk -v codename="$codename" '$1 == codename && $2 == "main" &&
			$3 !~ /security/ { print $3; exit }'
}

# Prints options for an apt whose only sources are Debian 13 and its backports, for
# this architecture and for arm64, with package lists in the cache.
apt13_options() {
	local dir=$CACHE/apt

	printf '%s\n' -o Dir::Etc::SourceList="$dir/sources.list" \
		-o Dir::Etc::SourceParts=- -o Dir::State::Lists="$dir/lists" \
		-o APT::Architectures::=amd64 -o APT::Architectures::=arm64 \
		-o APT::Sandbox::User= -o Acquire::Check-Valid-Until=false \
		-o Acquire::Retries=3
}

# Updates the lists of Debian 13, unless they are from the last hour.
apt13_update() {
	local dir=$CACHE/apt mirror options

	mkdir -p "$dir/lists/partial"
	[ -z "$(find "$dir/updated" -mmin -60 2>/dev/null)" ] || return 0
	[ -n "$(debian_mirror)" ] || apt_update
	mirror=$(debian_mirror)
	[ -n "$mirror" ] ||
		die "no Debian mirror in apt's sources: add one to /etc/apt/sources.list"
	printf "deb $mirror %s main\n" trixie trixie-backports >"$dir/sources.list"
	mapfile -t options < <(apt13_options)
	apt-get -qq "${options[@]}" update && touch "$dir/updated"
}

apt13() {
	local options

	apt13_update
	mapfile -t options < <(apt13_options)
	apt-get -qq "${options[@]}" "$@"
}

# apt13_names PATTERN: prints the packages whose names match, the newest version last.
apt13_names() {
	local options

	apt13_update
	mapfile -t options < <(apt13_options)
	apt-cache "${options[@]}" pkgnames | grep -xE -- "$1" | sort -V
}

# unpack DIR APT PACKAGE...: downloads packages by the function APT and unpacks them
# into a folder of the cache: all of them or none.
unpack() {
	local dir=$CACHE/$1 apt=$2 package

	shift 2
	rm -rf "$dir.new"
	mkdir -p "$dir.new/deb"
	for package; do
		say "downloading $package"
		(cd "$dir.new/deb" && "$apt" download "$package") || return
	done
	for package in "$dir.new"/deb/*.deb; do
		dpkg -x "$package" "$dir.new" || return
	done
	rm -r "$dir.new/deb"
	rm -rf "$dir"
	mv "$dir.new" "$dir"
}

# unpack_source DIR APT PACKAGE: the same for a linux-source package; the kernel's
# source is $DIR/source.
unpack_source() {
	local dir=$CACHE/$1

	[ ! -e "$dir/source" ] || return 0
	unpack "$@" || return
	say "unpacking the kernel source"
	mkdir "$dir/source.new"
	tar -C "$dir/source.new" --strip-components 1 \
		-xf "$dir/usr/src/$3.tar.xz" || return
	rm "$dir/usr/src/$3.tar.xz"
	mv "$dir/source.new" "$dir/source"
}
