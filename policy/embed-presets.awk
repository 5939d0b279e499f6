# SPDX-License-Identifier: MIT
# Make a C source of the presets: awk -f embed-presets.awk presets/*.ini
# Plain POSIX awk. A literal of C for each line, so that none is long.

FNR == 1 {
	name = FILENAME
	sub(/.*\//, "", name)
	sub(/\.ini$/, "", name)

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
	print "/* Made of policy/presets/ by embed-presets.awk. */"
	print ""
	print "#include \"policy/preset.h\""
	print ""
	print "const struct preset presets[] = {"
	for (i = 1; i <= count; i++)
		printf "\t{ \"%s\",%s },\n", names[i], texts[names[i]]
	print "};"
	print ""
	print "const size_t presets_len = sizeof(presets) / sizeof(*presets);"
}
