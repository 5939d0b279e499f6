/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "tests/unit/archives.h"
#include "tests/unit/cases.h"

enum {
	HEADS = 3
};

/* A row passes if it does not say why it should not. */
struct row {
	const char *name;
	char *why;
	struct archives_head heads[HEADS];
};

static void
check_rows(const struct row *rows, size_t count)
{
	struct buf in = { 0 };
	struct archives_got got;
	size_t i, j;

	for (i = 0; i < count; i++) {
		for (j = 0; j < HEADS && rows[i].heads[j].name.at != NULL; j++)
			archives_add(&in, &rows[i].heads[j]);
		archives_end(&in);
		archives_pass_in_every_way(rows[i].name, &got, buf_span(&in));
		cr_expect(eq(int, got.result, rows[i].why ? TAR_BAD : TAR_DONE),
		    "%s", rows[i].name);
		cr_expect(eq(str, got.why, rows[i].why ? rows[i].why : ""),
		    "%s", rows[i].name);
		archives_clear(&got);
		buf_clear(&in);
	}
}

#define PASSES(name, ...)           \
	{                           \
		(name), NULL,       \
		{                   \
			__VA_ARGS__ \
		}                   \
	}
#define REFUSED(name, why, ...)     \
	{                           \
		(name), (why),      \
		{                   \
			__VA_ARGS__ \
		}                   \
	}
#define MODE(flag, mode_) HEAD(flag, "etc/x", .mode = SPAN(mode_))
#define LINK(flag, mode_) \
	HEAD(flag, "etc/x", .link = SPAN("b"), .mode = SPAN(mode_))
#define HARD(name, to)	  HEAD('1', name, .link = SPAN(to))
#define SOFT(name, to)	  HEAD('2', name, .link = SPAN(to))
#define WITH(...)	  HEAD('0', "a", __VA_ARGS__)
#define PAX(records)	  HEAD('x', "p", .data = SPAN(records))
#define LONG(flag, data_) HEAD(flag, "l", .data = SPAN(data_), GNU)
#define PLAIN		  HEAD('0', "a")

Test(tar, passes_files_directories_and_links_and_nothing_else)
{
	static const struct row rows[] = {
		PASSES("a file", HEAD('0', "a")),
		PASSES("a file with contents",
		    HEAD('0', "a", .data = SPAN("hello"))),
		PASSES("a v7 file", HEAD('\0', "a", V7)),
		PASSES("a v7 directory", HEAD('\0', "a/", V7)),
		PASSES("a directory", HEAD('5', "a/")),
		PASSES("a directory without a slash", HEAD('5', "a")),
		PASSES("the root", HEAD('5', "./")),
		PASSES("a hard link", HEAD('1', "a", .link = SPAN("b"))),
		PASSES("a symbolic link", HEAD('2', "a", .link = SPAN("b"))),
		REFUSED("a file with a slash",
		    "a/: a directory's name on something else",
		    HEAD('0', "a/")),
		REFUSED("the root as a file",
		    ".: a directory's name on something else", HEAD('0', ".")),
		REFUSED("a hard link with a slash",
		    "a/: a directory's name on something else",
		    HEAD('1', "a/", .link = SPAN("b"))),
		REFUSED("a character device", "a: a device", HEAD('3', "a")),
		REFUSED("a block device", "a: a device", HEAD('4', "a")),
		REFUSED("a FIFO", "a: a FIFO", HEAD('6', "a")),
		REFUSED("contiguous", "a: a contiguous file", HEAD('7', "a")),
		REFUSED("sparse", "a: a sparse file", HEAD('S', "a", GNU)),
		REFUSED("GNU's directory", "a: an unknown type of entry",
		    HEAD('D', "a", GNU)),
		REFUSED("an old PAX header", "a: an unknown type of entry",
		    HEAD('X', "a")),
		REFUSED("contents of a directory", "a/: contents of no file",
		    HEAD('5', "a/", .data = SPAN("x"))),
		REFUSED("contents of a hard link", "a: contents of no file",
		    HEAD('1', "a", .link = SPAN("b"), .data = SPAN("x"))),
		REFUSED("a file with a target", "a: a target of no link",
		    HEAD('0', "a", .link = SPAN("b"))),
	};

	check_rows(rows, CASES(rows));
}

Test(tar, passes_modes_without_setuid_and_setgid)
{
	static const struct row rows[] = {
		PASSES("all permissions", MODE('0', "0000777")),
		PASSES("with its type", MODE('0', "0100777")),
		PASSES("a directory with its type", MODE('5', "0040755")),
		PASSES("a link with its type", LINK('2', "0120777")),
		PASSES("a hard link with its type", LINK('1', "0100644")),
		PASSES("a sticky directory", MODE('5', "0041777")),
		REFUSED("a sticky file", "etc/x: a sticky file",
		    MODE('0', "0001644")),
		REFUSED("setuid", "etc/x: a setuid file", MODE('0', "0004755")),
		REFUSED("setuid with its type", "etc/x: a setuid file",
		    MODE('0', "0104755")),
		REFUSED("setgid", "etc/x: a setgid file", MODE('0', "0002755")),
		REFUSED("a setuid hard link", "etc/x: a setuid file",
		    LINK('1', "0004755")),
		REFUSED("a setuid symbolic link", "etc/x: a setuid file",
		    LINK('2', "0004755")),
		REFUSED("a setgid directory", "etc/x: a setgid directory",
		    MODE('5', "0002755")),
		REFUSED("a setuid directory", "etc/x: a setuid directory",
		    MODE('5', "0004755")),
		REFUSED("a file that says it is a directory",
		    "etc/x: a mode of another type of file",
		    MODE('0', "0040755")),
		REFUSED("a file that says it is a device",
		    "etc/x: a mode of another type of file",
		    MODE('0', "0020644")),
		REFUSED("more bits", "etc/x: a mode of another type of file",
		    MODE('0', "1000644")),
		PASSES("no mode", MODE('0', "\0\0\0\0\0\0\0")),
		REFUSED("not octal", "a bad mode", MODE('0', "0000648")),
		REFUSED("below zero", "a bad mode", MODE('0', "-000644")),
	};

	check_rows(rows, CASES(rows));
}

Test(tar, passes_names_that_stay_inside)
{
	static const struct row rows[] = {
		PASSES("deep", HEAD('0', "a/b/c")),
		PASSES("with a dot", HEAD('0', "./a/./b")),
		PASSES("two slashes", HEAD('0', "a//b")),
		PASSES("three dots", HEAD('0', "a/.../..b/b..")),
		PASSES("a control byte", HEAD('0', "a\nb")),
		PASSES("a magic", HEAD('0', "BZh91AY")),
		PASSES("wh", HEAD('0', "a/.wh")),
		PASSES("a prefix", HEAD('0', "b", .prefix = SPAN("a"))),
		REFUSED("no name", "an empty name", HEAD('0', "")),
		PASSES("absolute", HEAD('0', "/a")),
		PASSES(
		    "an absolute prefix", HEAD('0', "b", .prefix = SPAN("/a"))),
		REFUSED("absolute, with dots", "/../a: a name with \"..\"",
		    HEAD('0', "/../a")),
		REFUSED("dots", "..: a name with \"..\"", HEAD('5', "..")),
		REFUSED("dots in front", "../a: a name with \"..\"",
		    HEAD('0', "../a")),
		REFUSED("dots in the middle", "a/../b: a name with \"..\"",
		    HEAD('0', "a/../b")),
		REFUSED("dots at the end", "a/..: a name with \"..\"",
		    HEAD('5', "a/..")),
		REFUSED("dots in the prefix", "../b: a name with \"..\"",
		    HEAD('0', "b", .prefix = SPAN(".."))),
		REFUSED("a deleted file",
		    "a/.wh.b: a name with \".wh.\", which means to delete",
		    HEAD('0', "a/.wh.b")),
		REFUSED("an opaque directory",
		    ".wh..wh..opq: a name with \".wh.\", which means to delete",
		    HEAD('0', ".wh..wh..opq")),
		REFUSED("in a deleted directory",
		    ".wh.a/b: a name with \".wh.\", which means to delete",
		    HEAD('0', ".wh.a/b")),
		REFUSED("a NUL in it", "a NUL in its name", HEAD('0', "a\0b")),
		REFUSED("a quoted name", "\\n\\\"\\u00ff: a FIFO",
		    HEAD('6', "\n\"\xff")),
	};

	check_rows(rows, CASES(rows));
}

Test(tar, passes_links_that_stay_inside)
{
	static const struct row rows[] = {
		PASSES("deep", HARD("a", "b/c")),
		PASSES("with a dot", HARD("a", "./b/./c")),
		REFUSED("a hard link out", "a: a name with \"..\"",
		    HARD("a", "../b")),
		REFUSED("an absolute hard link",
		    "a: a hard link to an absolute name",
		    HARD("a", "/etc/shadow")),
		REFUSED("a hard link to nothing", "a: an empty name",
		    HARD("a", "")),
		REFUSED("to a deleted file",
		    "a: a name with \".wh.\", which means to delete",
		    HARD("a", ".wh.b")),
		REFUSED("a hard link to a directory",
		    "a: a hard link to a directory", HARD("a", "b/")),
		PASSES("a symbolic link to one", SOFT("a", "b/")),
		PASSES("a symbolic link up", SOFT("a/b/c", "../../d")),
		PASSES("to the root", SOFT("a/b", "./..//.")),
		REFUSED("too far up",
		    "a/b/c: a symbolic link out of the archive",
		    SOFT("a/b/c", "../../../d")),
		REFUSED("too far up, said with dots",
		    "./a: a symbolic link out of the archive",
		    SOFT("./a", "./../d")),
		REFUSED("up behind a name",
		    "a/b/c: a symbolic link with \"..\" behind a name",
		    SOFT("a/b/c", "d/../e")),
		PASSES("to three dots", SOFT("a", "...")),
		REFUSED("absolute", "a: a symbolic link to an absolute name",
		    SOFT("a", "/b")),
		REFUSED("to nothing", "a: a symbolic link to nothing",
		    SOFT("a", "")),
		REFUSED("the root", ".: a directory's name on something else",
		    SOFT(".", "b")),
		PASSES("beside a symbolic link", SOFT("a", "b"),
		    HEAD('0', "a-"), HEAD('0', "aa/b")),
		REFUSED("through a symbolic link",
		    "a/c: a name through a symbolic link of this archive",
		    SOFT("a", "b"), HEAD('0', "a/c")),
		REFUSED("through one, said with dots",
		    ".//a/./c/d: a name through a symbolic link of this archive",
		    SOFT("./a", "b"), HEAD('0', ".//a/./c/d")),
		REFUSED("in its place",
		    "a: a name through a symbolic link of this archive",
		    SOFT("a", "b"), HEAD('5', "a")),
		PASSES("a directory before", HEAD('5', "a"), SOFT("a", "b")),
		REFUSED("in the place of a directory that has one",
		    "a: a symbolic link in place of a directory with another",
		    SOFT("a/b", "c"), SOFT("a", "b")),
		PASSES("a link to a file beside it", SOFT("a", "b"),
		    HARD("c", "b")),
		REFUSED("a hard link to it",
		    "c: a hard link through a symbolic link of this archive",
		    SOFT("a", "b"), HARD("c", "a")),
		REFUSED("a hard link through it",
		    "c: a hard link through a symbolic link of this archive",
		    SOFT("a", "b"), HARD("c", "./a/d")),
	};

	check_rows(rows, CASES(rows));
}

Test(tar, reads_numbers_strictly)
{
	static const struct row rows[] = {
		PASSES("spaces in front", WITH(.uid = SPAN("    17 "))),
		PASSES("only spaces", WITH(.uid = SPAN("        "))),
		PASSES("none", WITH(.gid = SPAN("\0\0\0\0\0\0\0\0"))),
		PASSES("a space and a NUL", WITH(.uid = SPAN("000017 \0"))),
		REFUSED("unterminated", "a bad uid or gid",
		    WITH(.uid = SPAN("00000017"))),
		REFUSED("behind a NUL", "a bad uid or gid",
		    WITH(.uid = SPAN("0000\0001"))),
		REFUSED("behind a space", "a bad uid or gid",
		    WITH(.gid = SPAN("00 0001"))),
		REFUSED(
		    "a sign", "a bad uid or gid", WITH(.uid = SPAN("-000001"))),
		REFUSED("an unterminated size", "a bad size",
		    WITH(.size = SPAN("000000000000"))),
		REFUSED("a size below zero", "a bad size",
		    WITH(.size = SPAN("-0000000001"))),
		PASSES("base 256",
		    WITH(GNU, .uid = SPAN("\x80\0\0\0\xff\xff\xff\xfe"))),
		REFUSED("base 256 in ustar", "a bad uid or gid",
		    WITH(.uid = SPAN("\x80\0\0\0\xff\xff\xff\xfe"))),
		REFUSED("the same gid", "a bad uid or gid",
		    WITH(GNU, .gid = SPAN("\x80\0\0\0\xff\xff\xff\xff"))),
		REFUSED("a gid over 32 bits", "gid: a bad uid or gid",
		    PAX("18 gid=4294967295\n"), PLAIN),
		REFUSED("2 to the power of 32, less one", "a bad uid or gid",
		    WITH(GNU, .uid = SPAN("\x80\0\0\0\xff\xff\xff\xff"))),
		REFUSED("base 256 below zero", "a bad uid or gid",
		    WITH(GNU, .gid = SPAN("\xff\xff\xff\xff\xff\xff\xff\xff"))),
		REFUSED("a size below zero in base 256", "a bad size",
		    WITH(GNU, .size = SPAN("\xff\xff\xff\xff\xff\xff\xff\xff"
					   "\xff\xff\xff\xff"))),
		REFUSED("a size over 63 bits", "a bad size",
		    WITH(GNU, .size = SPAN("\x80\0\0\0\x80\0\0\0"
					   "\0\0\0\0"))),
		REFUSED("a size over 64 bits", "a bad size",
		    WITH(GNU, .size = SPAN("\x80\0\0\x01\0\0\0\0"
					   "\0\0\0\0"))),
		REFUSED("bits beside the mark", "a bad size",
		    WITH(GNU, .size = SPAN("\x81\0\0\0\0\0\0\0"
					   "\0\0\0\0"))),
		PASSES("a time below zero",
		    WITH(GNU, .mtime = SPAN("\xff\xff\xff\xff\xff\xff\xff"
					    "\xff\xff\xff\xff\xff"))),
		REFUSED("a time before all", "a bad time",
		    WITH(GNU, .mtime = SPAN("\xff\xff\xff\xff\x80\0\0"
					    "\0\0\0\0\0"))),
		REFUSED("a wrong checksum", "a bad checksum",
		    WITH(.sum = SPAN("000001\0 "))),
		REFUSED("no checksum", "a bad checksum",
		    WITH(.sum = SPAN("\0\0\0\0\0\0\0\0"))),
		PASSES("a device number", WITH(.major = SPAN("0000001"))),
		REFUSED("a bad device number", "a bad device number",
		    WITH(.major = SPAN("x"))),
		REFUSED("ustar of no version", "an unknown format",
		    WITH(.magic = SPAN("ustar\0\0\0"))),
		REFUSED("another magic", "an unknown format",
		    WITH(.magic = SPAN("ustar\00001"))),
		REFUSED(
		    "star", "an unknown format", WITH(.last = SPAN("tar\0"))),
		REFUSED("bytes behind v7", "an unknown format",
		    WITH(V7, .last = SPAN("x"))),
		REFUSED("a NUL in the prefix", "a NUL in its name",
		    WITH(.prefix = SPAN("a\0b"))),
		REFUSED("a NUL in the target", "a NUL in its name",
		    HEAD('2', "a", .link = SPAN("b\0c"))),
		PASSES(
		    "an access time", WITH(GNU, .prefix = SPAN("00000000001"))),
		REFUSED("a prefix in GNU's", "a bad time",
		    WITH(GNU, .prefix = SPAN("a/b"))),
		REFUSED("a sparse file's size",
		    "a part of a sparse file or of a volume",
		    WITH(GNU, .last = SPAN("1"))),
	};

	check_rows(rows, CASES(rows));
}

Test(tar, reads_long_names_in_one_way_only)
{
	static const struct row rows[] = {
		PASSES("PAX", PAX("9 path=b\n"), PLAIN),
		PASSES("two keys", PAX("9 path=b\n9 uid=17\n"), PLAIN),
		PASSES("no record", PAX(""), PLAIN),
		PASSES("GNU", LONG('L', "b\0"), PLAIN),
		PASSES("GNU without NUL", LONG('L', "b"), PLAIN),
		PASSES("GNU target and name", LONG('K', "b\0"),
		    LONG('L', "c\0"), SOFT("a", "x")),
		PASSES("an absolute PAX name", PAX("11 path=/b\n"), PLAIN),
		PASSES("an absolute GNU name", LONG('L', "/b\0"), PLAIN),
		REFUSED("a GNU target out",
		    "c: a symbolic link out of the archive",
		    LONG('K', "../b\0"), SOFT("c", "x")),
		REFUSED("a PAX target out",
		    "c: a symbolic link out of the archive",
		    PAX("17 linkpath=../b\n"), SOFT("c", "x")),
		REFUSED("a PAX key twice", "path: a PAX key twice",
		    PAX("9 path=b\n9 path=b\n"), PLAIN),
		REFUSED("two PAX headers", "a second header for one entry",
		    PAX("9 path=b\n"), PAX("9 path=b\n"), PLAIN),
		REFUSED("an empty PAX header before",
		    "a second header for one entry", PAX(""), PAX("9 path=b\n"),
		    PLAIN),
		REFUSED("two GNU names", "a second header for one entry",
		    LONG('L', "b\0"), LONG('L', "b\0"), PLAIN),
		REFUSED("GNU and PAX", "a second header for one entry",
		    LONG('L', "b\0"), PAX("9 path=b\n"), PLAIN),
		REFUSED("PAX and GNU", "a second header for one entry",
		    PAX("9 path=b\n"), LONG('L', "b\0"), PLAIN),
		REFUSED("no entry", "a header for an entry that is missing",
		    PAX("9 path=b\n")),
		REFUSED("no GNU entry", "a header for an entry that is missing",
		    LONG('L', "b\0")),
		REFUSED("an empty PAX name", "path: an empty name",
		    PAX("8 path=\n"), PLAIN),
		REFUSED("an empty GNU name", "an empty name", LONG('L', "\0"),
		    PLAIN),
		REFUSED("a NUL in a GNU name", "b\\u0000c: a NUL in its name",
		    LONG('L', "b\0c\0"), PLAIN),
		REFUSED("a NUL in a PAX name", "a bad PAX record",
		    PAX("11 path=b\0c\n"), PLAIN),
		PASSES("a size", PAX("10 size=0\n"), PLAIN),
		REFUSED("a size that says more",
		    "a: larger than the archive may be",
		    PAX("24 size=999999999999999\n"), PLAIN),
		REFUSED("a size with a sign",
		    "size: a bad number in a PAX header", PAX("11 size=+0\n"),
		    PLAIN),
		REFUSED("a size below zero",
		    "size: a bad number in a PAX header", PAX("11 size=-1\n"),
		    PLAIN),
		REFUSED("a size of many digits",
		    "size: a bad number in a PAX header",
		    PAX("25 size=9999999999999999\n"), PLAIN),
		REFUSED("a uid over 32 bits", "uid: a bad uid or gid",
		    PAX("18 uid=4294967295\n"), PLAIN),
		PASSES("the largest uid", PAX("18 uid=4294967294\n"), PLAIN),
		PASSES("times",
		    PAX("13 mtime=1.5\n14 atime=-1.5\n11 ctime=0\n"), PLAIN),
		REFUSED("a time without its fraction",
		    "mtime: a bad time in a PAX header", PAX("12 mtime=1.\n"),
		    PLAIN),
		REFUSED("an exponent", "mtime: a bad time in a PAX header",
		    PAX("13 mtime=1e5\n"), PLAIN),
		REFUSED("the year 10000", "mtime: a bad time in a PAX header",
		    PAX("22 mtime=253402300800\n"), PLAIN),
		PASSES("dropped",
		    PAX("11 uname=x\n11 gname=x\n13 comment=x\n"
			"21 hdrcharset=BINARY\n"),
		    PLAIN),
		REFUSED("another charset",
		    "hdrcharset: an unknown charset in a PAX header",
		    PAX("20 hdrcharset=UTF-7\n"), PLAIN),
		REFUSED("a capability",
		    "SCHILY.xattr.security.capability: an extended attribute",
		    PAX("38 SCHILY.xattr.security.capability=x\n"), PLAIN),
		REFUSED("libarchive's",
		    "LIBARCHIVE.xattr.user: an extended attribute",
		    PAX("27 LIBARCHIVE.xattr.user=x\n"), PLAIN),
		REFUSED("an ACL", "SCHILY.acl.access: an access control list",
		    PAX("23 SCHILY.acl.access=x\n"), PLAIN),
		REFUSED("sparse", "GNU.sparse.major: a sparse file",
		    PAX("22 GNU.sparse.major=1\n"), PLAIN),
		REFUSED("an unknown key", "Path: an unknown PAX key",
		    PAX("9 Path=b\n"), PLAIN),
		REFUSED("no key", "an unknown PAX key", PAX("5 =b\n"), PLAIN),
		REFUSED(
		    "no equals sign", "a bad PAX record", PAX("5 ab\n"), PLAIN),
		REFUSED("a short length", "a bad PAX record", PAX("8 path=b\n"),
		    PLAIN),
		REFUSED("a long length", "a bad PAX record", PAX("11 path=b\n"),
		    PLAIN),
		REFUSED("a leading zero", "a bad PAX record",
		    PAX("010 path=b\n"), PLAIN),
		REFUSED("a length of itself", "a bad PAX record", PAX("2 \n"),
		    PLAIN),
		REFUSED(
		    "no length", "a bad PAX record", PAX(" path=b\n"), PLAIN),
		REFUSED("a huge length", "a bad PAX record",
		    PAX("99999999999999999999 path=b\n"), PLAIN),
		PASSES("a global comment",
		    HEAD('g', "g", .data = SPAN("13 comment=x\n")), PLAIN),
		REFUSED("a global name",
		    "path: a global PAX header that says more than a comment",
		    HEAD('g', "g", .data = SPAN("9 path=b\n")), PLAIN),
		REFUSED("a global header between",
		    "a second header for one entry", PAX("9 path=b\n"),
		    HEAD('g', "g", .data = SPAN("13 comment=x\n")), PLAIN),
	};

	check_rows(rows, CASES(rows));
}
