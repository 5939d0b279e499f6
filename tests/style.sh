#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What the compiler does not see: which folder may use which, one file for
# each library, and the size of files. Run from the top of the sources.

set -eu
failed=0

# forbid WHY PATTERN FILE...: no line of the files may match.
forbid()
{
	why=$1 pattern=$2
	shift 2
	if grep -nE "$pattern" "$@" /dev/null; then
		echo "style: $why" >&2
		failed=1
	fi
}

# cmd -> sockets -> policy -> core
forbid "core/ uses nothing else" \
    '#include ("(policy|sockets|cmd)/|<ev\.h>|<ini\.h>|<sys/socket)' core/*.[ch]
forbid "jansson is for tests" '#include <jansson\.h>' \
    core/*.[ch] policy/*.[ch] policy/*/*.[ch] sockets/*.[ch] cmd/*.[ch]
forbid "policy/ uses core/ only" \
    '#include ("(sockets|cmd)/|<ev\.h>|<sys/socket)' \
    policy/*.[ch] policy/*/*.[ch]
forbid "sockets/ uses policy/ and core/ only" \
    '#include ("cmd/|<ini\.h>)' sockets/*.[ch]
forbid "sockets/ makes no sandbox" '#include <seccomp\.h>' sockets/*.[ch]
forbid "cmd/ reads no INI itself" '#include <ini\.h>' cmd/*.[ch]

# One library, one file. (libev is what sockets/ is about.)
for library in ini seccomp bzlib lzma yaml zlib zstd; do
	files=$(grep -lE "#include <$library\.h>" core/*.c policy/*.c \
	    policy/*/*.c cmd/*.c | wc -l)
	if [ "$files" -ne 1 ]; then
		echo "style: <$library.h> is included by $files files" >&2
		failed=1
	fi
done

forbid "functions that trust their input" \
    '(^|[^_a-z])(strcpy|strcat|sprintf|strtok|atoi|alloca|gets) ?\(' \
    core/*.[ch] policy/*.[ch] policy/*/*.[ch] sockets/*.[ch] cmd/*.[ch]

for file in core/*.[ch] policy/*.[ch] policy/*/*.[ch] sockets/*.[ch] \
    cmd/*.[ch] tests/unit/*.[ch] tests/fuzz/*.[ch] tests/bench/*.[ch]; do
	case $(head -n 1 "$file") in
	'/* SPDX-License-Identifier: MIT */') ;;
	*)
		echo "style: $file does not begin with its licence" >&2
		failed=1
		;;
	esac
	if [ "$(wc -l <"$file")" -gt 600 ]; then
		echo "style: $file has more than 600 lines" >&2
		failed=1
	fi
done

exit $failed
