#!/bin/sh
# SPDX-License-Identifier: MIT
#
# ./autogen.sh          make ./configure
# ./autogen.sh run      install what is missing, build in ./build, and run it:
#                       a door for each preset, onto $DOCKER_HOST or the local
#                       daemon
# ./autogen.sh check    install what is missing, build in ./build, and test
#
# Nothing is installed, and no network is needed, where nothing is missing.

set -eu
cd "$(dirname "$0")"
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

say()
{
	printf '%s\n' "$*" >&2
}

die()
{
	say "autogen.sh: $*"
	exit 1
}

# What is needed.

# need NAME APT DNF APK PACMAN PROBE...: NAME is there if PROBE succeeds;
# otherwise it is in the packages that each package manager has for it.
need()
{
	name=$1 apt=$2 dnf=$3 apk=$4 pacman=$5
	shift 5
	if "$@" >/dev/null 2>&1; then
		return
	fi
	missing="$missing${missing:+, }$name"
	case $manager in
	apt-get) packages="$packages $apt" ;;
	dnf) packages="$packages $dnf" ;;
	apk) packages="$packages $apk" ;;
	pacman) packages="$packages $pacman" ;;
	esac
}

has_header()
{
	# shellcheck disable=SC2086 # a list of options
	echo "#include <$1>" | ${CC:-cc} ${CPPFLAGS:-} -E -
}

# The same choice of a python3 as configure's.
python_with()
{
	for python in "${PYTHON:-/usr/bin/python3}" /usr/bin/python3 python3; do
		if "$python" -c "import $1" >/dev/null 2>&1; then
			echo "$python"
			return
		fi
	done
	return 1
}

has_systemd()
{
	[ -x /lib/systemd/systemd ] && command -v dbus-daemon
}

has_user_managers()
{
	find /lib /usr/lib -path '*/security/pam_systemd.so' | grep -q .
}

has_static_busybox()
{
	[ -x /bin/busybox.static ] ||
	    { [ -x /bin/busybox ] && ! ldd /bin/busybox; }
}

needs_to_build()
{
	need "a C compiler" "gcc libc6-dev" gcc "gcc musl-dev" gcc \
	    has_header stdio.h
	need make make make make make command -v make
	need autoconf autoconf autoconf autoconf autoconf command -v autoreconf
	need automake automake automake automake automake command -v automake
	need pkg-config pkg-config pkgconf-pkg-config pkgconf pkgconf \
	    command -v pkg-config
	need libev libev-dev libev-devel libev-dev libev has_header ev.h
	need inih libinih-dev inih-devel inih-dev libinih \
	    pkg-config --exists inih
	need libseccomp libseccomp-dev libseccomp-devel libseccomp-dev \
	    libseccomp pkg-config --exists libseccomp
	need libyaml libyaml-dev libyaml-devel yaml-dev libyaml \
	    pkg-config --exists yaml-0.1
	need zlib zlib1g-dev zlib-devel zlib-dev zlib has_header zlib.h
	need libbz2 libbz2-dev bzip2-devel bzip2-dev bzip2 has_header bzlib.h
	need liblzma liblzma-dev xz-devel xz-dev xz pkg-config --exists liblzma
	need libzstd libzstd-dev libzstd-devel zstd-dev zstd \
	    pkg-config --exists libzstd
}

need_python()
{
	need python3 python3 python3 python3 python python_with sys
}

needs_to_check()
{
	needs_to_build
	need_python
	need Criterion libcriterion-dev libcriterion-devel criterion-dev \
	    criterion pkg-config --exists criterion
	need jansson libjansson-dev jansson-devel jansson-dev jansson \
	    pkg-config --exists jansson
	need "pytest and docker-py" "python3-pytest python3-docker" \
	    "python3-pytest python3-docker" "py3-pytest py3-docker-py" \
	    "python-pytest python-docker" python_with pytest,docker
	need dockerd docker.io moby-engine docker docker command -v dockerd
	need podman podman podman podman podman command -v podman
	need "the docker client" docker-cli docker-cli docker-cli docker \
	    command -v docker
	need "a static busybox" busybox-static busybox busybox-static busybox \
	    has_static_busybox
	need ps procps procps-ng procps procps-ng command -v ps
	need unshare util-linux util-linux util-linux-misc util-linux \
	    command -v unshare
	need iptables iptables iptables-nft iptables iptables \
	    command -v iptables
	need mandoc mandoc mandoc mandoc mandoc command -v mandoc
	# Alpine has none: there, the tests with it are skipped.
	if [ "$manager" != apk ]; then
		need systemd "systemd systemd-sysv dbus" \
		    "systemd dbus-daemon" none "systemd dbus" has_systemd
		need "systemd for users" "dbus-user-session libpam-systemd" \
		    systemd-pam none systemd has_user_managers
	fi
	need "ip (iproute2)" iproute2 iproute iproute2 iproute2 command -v ip
	need docker-compose docker-compose docker-compose docker-cli-compose \
	    docker-compose command -v docker-compose
	need zstd zstd zstd zstd zstd command -v zstd
	need "Python's yaml" python3-yaml python3-pyyaml py3-yaml python-yaml \
	    python_with yaml
	need bash bash bash bash bash command -v bash
	need zsh zsh zsh zsh zsh command -v zsh
	need fish fish fish fish fish command -v fish
	need haproxy haproxy haproxy haproxy haproxy command -v haproxy
	need strace strace strace strace strace command -v strace
	need valgrind valgrind valgrind valgrind valgrind command -v valgrind
	# Clients of the daemon's that presets are for.
	need glances glances glances glances glances command -v glances
	need prometheus prometheus golang-github-prometheus prometheus \
	    prometheus command -v prometheus
	need "npm and node" "npm nodejs" "nodejs-npm nodejs" "npm nodejs" \
	    "npm nodejs" command -v npm
}

as_root()
{
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

install_packages()
{
	case $manager in
	apt-get)
		as_root env DEBIAN_FRONTEND=noninteractive \
		    apt-get install -y --no-install-recommends "$@"
		;;
	dnf)
		as_root dnf install -y "$@"
		;;
	apk)
		as_root apk add -U "$@"
		;;
	pacman)
		as_root pacman -S --needed --noconfirm "$@"
		;;
	esac
}

# provide LIST: install what the list of needs finds missing.
provide()
{
	manager=
	for command in apt-get dnf apk pacman; do
		if command -v $command >/dev/null; then
			manager=$command
			break
		fi
	done

	missing=
	packages=
	"$1"
	if [ -z "$missing" ]; then
		return
	fi
	if [ -z "$manager" ]; then
		die "please install: $missing"
	fi
	if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
		die "missing: $missing; as root: $manager install$packages"
	fi
	say "Missing: $missing. Installing:$packages"
	if [ $manager = apt-get ]; then
		as_root apt-get update || say "Going on with the old lists."
		# Debian 12 and before have the client in docker.io.
		if ! apt-cache show docker-cli >/dev/null 2>&1; then
			packages=$(echo "$packages" |
			    sed 's/docker-cli/docker.io/')
		fi
	fi
	# shellcheck disable=SC2086 # a list of words
	if ! install_packages $packages; then
		# One that is unknown must not hold up the others.
		for package in $packages; do
			install_packages "$package" || :
		done
	fi

	missing=
	packages=
	"$1"
	if [ -n "$missing" ]; then
		die "still missing: $missing"
	fi
}

# Building.

generate()
{
	autoreconf --install
}

# build OPTION...: of configure.
build()
{
	generate
	mkdir -p build
	(cd build && ../configure --quiet "$@")
	jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null) || jobs=1
	make -C build -j "$jobs" --no-print-directory
}

# Running.

# Automake needs perl, so that it is always there.
answers()
{
	perl -MSocket -e '
		socket(my $s, PF_UNIX, SOCK_STREAM, 0) or exit 1;
		connect($s, sockaddr_un($ARGV[0])) or exit 1;
	' "$1" 2>/dev/null
}

# Print the path of a socket at which a daemon answers.
find_daemon()
{
	case ${DOCKER_HOST:-} in
	unix://*) set -- "${DOCKER_HOST#unix://}" ;;
	*) set -- ;;
	esac
	set -- "$@" /var/run/docker.sock /run/podman/podman.sock
	if [ -n "${XDG_RUNTIME_DIR:-}" ]; then
		set -- "$@" "$XDG_RUNTIME_DIR/docker.sock" \
		    "$XDG_RUNTIME_DIR/podman/podman.sock"
	fi
	for socket; do
		if [ ! -S "$socket" ]; then
			continue
		elif answers "$socket"; then
			echo "$socket"
			return
		elif [ ! -w "$socket" ]; then
			say "You may not open $socket: not used."
		else
			say "Nothing answers at $socket: not used."
		fi
	done
	return 1
}

# Started by root, the program becomes this user: see postern(8).
user()
{
	for name in postern nobody; do
		if id -u "$name" >/dev/null 2>&1; then
			echo "$name"
			return
		fi
	done
}

# is_usable DIRECTORY: for doors: they can be made there, the longest door's
# path fits into a socket's address, and no other postern serves there.
is_usable()
{
	mkdir -p "$1" 2>/dev/null && [ -w "$1" ] && chmod 750 "$1" || return 1
	if [ "$(id -u)" -eq 0 ]; then
		chown "$(user)" "$1"
	fi
	for name in $names; do
		door=$1/doors/$name.sock
		if [ ${#door} -gt 107 ]; then
			return 1
		fi
		if [ -S "$door" ] && answers "$door"; then
			return 1
		fi
	done
}

# Set directory, for the doors; temporary is what to remove at the end.
choose_directory()
{
	if [ "$(id -u)" -eq 0 ]; then
		directory=/run/postern
	else
		directory=${XDG_RUNTIME_DIR:-/nowhere}/postern
	fi
	if ! is_usable "$directory"; then
		temporary=$(mktemp -d "${TMPDIR:-/tmp}/postern.XXXXXX")
		directory=$temporary
		is_usable "$directory" || die "$directory: cannot be used"
	fi
}

start_standin()
{
	upstream=$directory/standin.sock
	rm -f "$upstream"
	"$(python_with sys)" tests/e2e/standin.py "$upstream" &
	standin=$!
	tries=0
	until answers "$upstream"; do
		tries=$((tries + 1))
		if [ $tries -gt 100 ] || ! kill -0 $standin 2>/dev/null; then
			die "the stand-in does not start"
		fi
		sleep .1
	done
	chmod 666 "$upstream"
}

# Whatever ends this script ends what it started.
finish()
{
	status=$?
	trap '' INT TERM HUP
	for process in $postern $standin; do
		kill "$process" 2>/dev/null || :
		wait "$process" 2>/dev/null || :
	done
	if [ -n "$standin" ]; then
		rm -f "$upstream"
	fi
	if [ -n "$temporary" ]; then
		rm -rf "$temporary"
	fi
	exit $status
}

run()
{
	provide needs_to_build
	build
	names=$(build/postern presets --names)

	umask 022
	directory=
	temporary=
	standin=
	postern=
	trap finish EXIT
	# A second one must not cut the end short.
	trap 'trap "" INT TERM HUP; exit 0' INT TERM HUP
	choose_directory
	mkdir -p "$directory/profiles.d"
	for name in $names; do
		profile=$directory/profiles.d/$name.ini
		[ -e "$profile" ] ||
		    printf '[profile]\nextends = %s\n' "$name" >"$profile"
	done

	if ! upstream=$(find_daemon); then
		provide need_python
		start_standin
		say "
No Docker or Podman daemon answers on this machine: a STAND-IN takes its place.
It has a few made-up containers and runs nothing."
	fi
	build/postern run --upstream "unix://$upstream" \
	    --directory "$directory" --profiles "$directory/profiles.d" \
	    --drain 2s &
	postern=$!
	# All doors are there before it serves at any; what it logs of that many
	# would push this out of sight.
	tries=0
	until answers "$directory/doors/readonly.sock"; do
		tries=$((tries + 1))
		if [ $tries -gt 100 ] || ! kill -0 $postern 2>/dev/null; then
			break
		fi
		sleep .1
	done
	say "
Doors to $upstream, one for each preset: $directory/doors
What they are for: build/postern presets
In another terminal:
    export DOCKER_HOST=unix://$directory/doors/readonly.sock
    docker ps                      # allowed
    docker run --rm alpine         # refused, and told why
    build/postern status --directory $directory
Their profiles are in $directory/profiles.d; after a change:
    build/postern reload --directory $directory
Ctrl-C ends it.
"
	status=0
	wait $postern || status=$?
	exit $status
}

check()
{
	provide needs_to_check
	build --enable-werror
	if [ "$(id -u)" -ne 0 ]; then
		say "The tests with a real dockerd need root: they are skipped."
	fi
	make -C build -j "$jobs" --no-print-directory check
}

case ${1-} in
'')
	generate
	;;
run)
	run
	;;
check)
	check
	;;
*)
	die "usage: ./autogen.sh [run | check]"
	;;
esac
