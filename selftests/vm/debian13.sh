# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Kernels of Debian 13 and its backports: their images to boot, and the module built
# for them, in a small chroot of that release, because their kbuild needs a newer libc
# than Debian 12 has. Needs common.sh and apt.sh. A kernel in the cache is not looked up
# again.

CHROOT=$CACHE/debian13

# Runs a function that changes the chroot, one at a time.
with_chroot_locked() {
	(
		flock 9
		"$@"
	) 9>"$CACHE/debian13.lock"
}

make_chroot() {
	[ ! -e "$CHROOT/.complete" ] || return 0
	say "making a chroot of Debian 13 (about a minute, once)"
	apt13_update
	as_root rm -rf "$CHROOT"
	as_root mmdebstrap --quiet --variant=essential --mode=root \
		--include=make,gcc-14,gcc-14-aarch64-linux-gnu,pahole \
		--aptopt='Acquire::Check-Valid-Until "false"' \
		--aptopt='APT::Install-Recommends "false"' \
		trixie "$CHROOT" "$(debian_mirror)" >&2 || return
	as_root touch "$CHROOT/.complete"
}

# debian13_release VERSION FLAVOUR: prints the newest kernel release of a version like
# 7.3, for a flavour like rt-amd64; of those in the chroot if there is one.
debian13_release() {
	local pattern="$1\.[0-9]+\+deb13-$2" release

	release=$(find "$CHROOT" -maxdepth 1 -regextype egrep \
		-regex ".*/\.headers-$pattern" -printf '%f\n' 2>/dev/null |
		sort -V | tail -n 1)
	[ -n "$release" ] ||
		release=$(apt13_names "linux-headers-$pattern" | tail -n 1)
	[ -n "$release" ] || die "Debian 13 has no kernel $1 for $2"
	echo "${release#*headers-}"
}

# Prints the packages of headers that a release needs, with their common ones.
header_packages() {
	local base=${1%%-*} flavour=${1#*-} common=common

	# Up to 6.12 PREEMPT_RT has common headers of its own.
	[[ $1 != 6.*-rt-* ]] || common="common-rt"
	echo "linux-kbuild-$base linux-headers-$base-$common linux-headers-$1:${flavour##*-}"
}

get_headers() {
	local dir=headers-$1 packages

	[ ! -e "$CHROOT/.headers-$1" ] || return 0
	read -ra packages < <(header_packages "$1")
	unpack "$dir" apt13 "${packages[@]}" &&
	as_root cp -an "$CACHE/$dir/usr" "$CHROOT" &&
	as_root touch "$CHROOT/.headers-$1" || return
	rm -r "${CACHE:?}/$dir"
}

# The C library of arm64, which the cross compiler does not depend on.
get_arm64_libc() {
	[ ! -e "$CHROOT/.libc-arm64" ] || return 0
	unpack libc-arm64 apt13 libc6-dev-arm64-cross libc6-arm64-cross linux-libc-dev &&
	as_root cp -an "$CACHE/libc-arm64/usr" "$CHROOT" &&
	as_root touch "$CHROOT/.libc-arm64" || return
	rm -r "${CACHE:?}/libc-arm64"
}

prepare_userspace() {
	make_chroot && get_arm64_libc
}

prepare_build() {
	make_chroot && get_headers "$1"
}

# Runs a command in the chroot. objtool reads /proc.
in_chroot() {
	as_root unshare --mount --pid --fork --mount-proc="$CHROOT/proc" \
		chroot "$CHROOT" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

# debian13_build RELEASE: builds the module for a release, and those of the ladder,
# without a warning, in a folder below the chroot's /build; prints the path of zcxfer.ko.
debian13_build() {
	local release=$1 dir=/build/$1 arch=x86_64 cross=

	with_chroot_locked prepare_build "$release" || return
	case $release in *-arm64) arch=arm64 cross=aarch64-linux-gnu- ;; esac
	as_root rm -rf "$CHROOT$dir" &&
	as_root mkdir -p "$CHROOT$dir/Documentation" &&
	as_root cp -r "$TOP/Kbuild" "$TOP/VERSION" "$TOP/module" "$TOP/uapi" \
		"$CHROOT$dir" &&
	as_root cp -r "$TOP/Documentation/ladder" "$CHROOT$dir/Documentation" || return
	in_chroot make -s -j"$(nproc)" -C "/usr/src/linux-headers-$release" M="$dir" \
		ARCH=$arch CROSS_COMPILE=$cross KCFLAGS=-Werror LADDER=m modules >&2 &&
	echo "$CHROOT$dir/zcxfer.ko"
}

# debian13_userspace DIR: builds the userspace for arm64 in a folder below the chroot's
# /build, as a packager would: with flags of its own, below a path with a space, without
# what needs other libraries of that machine; installs and uninstalls it. Prints the
# path of the folder: "installed" is in it, and "left" if something was left.
debian13_userspace() {
	local dir="/build/arm64 userspace"
	local options=(WERROR=1 CROSS_COMPILE=aarch64-linux-gnu- NO_TLS=1 NO_LAB=1
		CC=aarch64-linux-gnu-gcc-14 CPPFLAGS=-DNDEBUG
		'CFLAGS=-O2 -g0' 'LDFLAGS=-Wl,-z,now' BUILD=../out PREFIX=/usr
		LIBDIR=/usr/lib64 DESTDIR="$dir/root")

	with_chroot_locked prepare_userspace || return
	as_root rm -rf "$CHROOT$dir" &&
	as_root mkdir -p "$CHROOT$dir" &&
	as_root cp -r "$TOP/VERSION" "$TOP/uapi" "$TOP/userspace" "$CHROOT$dir" &&
	in_chroot make -s -j"$(nproc)" -C "$dir/userspace" "${options[@]}" install >&2 &&
	as_root cp -a "$CHROOT$dir/root" "$CHROOT$dir/installed" &&
	in_chroot make -s -C "$dir/userspace" "${options[@]}" uninstall >&2 &&
	echo "$CHROOT$dir"
}

# debian13_image RELEASE: unpacks the kernel and its modules to where vng looks for
# them, which is where packages before 7.x have them; prints the file to boot.
debian13_image() {
	local dir=kernel-$1

	if [ ! -e "$CACHE/$dir/boot/vmlinuz-$1" ]; then
		unpack "$dir" apt13 "linux-binary-$1" "linux-modules-$1" \
			"linux-base-$1" &&
		ln -s usr/lib "$CACHE/$dir/lib" &&
		/sbin/depmod -b "$CACHE/$dir" "$1" &&
		mkdir "$CACHE/$dir/boot" &&
		ln "$CACHE/$dir/lib/modules/$1/vmlinuz" \
			"$CACHE/$dir/boot/vmlinuz-$1" || return
	fi
	echo "$CACHE/$dir/boot/vmlinuz-$1"
}
