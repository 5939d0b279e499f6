# SPDX-License-Identifier: MIT
# Make a C source of files, so that the program has their texts built in:
#	awk -v header=policy/preset.h -v type=preset -v base=policy/presets/ \
#	    -v ending=.ini -f embed.awk policy/presets/*.ini
# Each is a "struct TYPE", its name and its text, of the array TYPEs; the name
# is the file's without base and ending. Plain POSIX awk. A literal of C for
# each line, so that none is long.

FNR == 1 {
	name = FILENAME
	if (index(name, base) == 1)
		name = substr(name, length(base) + 1)
	if (substr(name, length(name) - length(ending) + 1) == ending)
		name = substr(name, 1, length(name) - length(ending))

	# Into its place by name: the shell puts "a-b.ini" before "a.ini".
	for (i = ++count; i > 1 && names[i - 1] > name; i--)
		names[i] = names[i - 1]
	names[i] = name
}

{
	gsub(/["\\]/, "\\\\&")
	texts[name] = texts[name] "\n\t    \"" $0 "\\n\""
}

END {
	print "/* SPDX-License-Identifier: MIT */"
	print "/* Made of " base " by embed.awk. */"
	print ""
	print "#include \"" header "\""
	print ""
	print "const struct " type " " type "s[] = {"
	for (i = 1; i <= count; i++)
		printf "\t{ \"%s\",%s },\n", names[i], texts[names[i]]
	print "};"
	print ""
	printf "const size_t %ss_len = sizeof(%ss) / sizeof(*%ss);\n", \
	    type, type, type
}
