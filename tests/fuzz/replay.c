/* SPDX-License-Identifier: MIT */
/* A main() for a fuzz target where there is no fuzzer: runs it over every
 * file named, and every file of each directory named. Prints the file's name
 * first, so that the last one printed is the one that failed. */

#include <dirent.h>
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t passed;

static void
run_file(const char *path, size_t size)
{
	/* No byte more than the file has, so that a sanitizer sees its end. */
	uint8_t *data = malloc(size);
	FILE *file = fopen(path, "rb");

	if (file == NULL || (size > 0 && data == NULL))
		err(1, "%s", path);
	if (fread(data, 1, size, file) != size)
		errx(1, "%s: cannot be read whole", path);
	fclose(file);
	puts(path);
	fflush(stdout);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	passed++;
}

static void
run(const char *path)
{
	struct dirent **entries;
	struct stat st;
	char *inner;
	int i, count;

	if (stat(path, &st) == -1)
		err(1, "%s", path);
	if (!S_ISDIR(st.st_mode)) {
		run_file(path, (size_t)st.st_size);
		return;
	}
	if ((count = scandir(path, &entries, NULL, alphasort)) == -1)
		err(1, "%s", path);
	for (i = 0; i < count; i++) {
		if (*entries[i]->d_name != '.') {
			if (asprintf(&inner, "%s/%s", path,
				entries[i]->d_name) == -1)
				err(1, "%s", path);
			run(inner);
			free(inner);
		}
		free(entries[i]);
	}
	free(entries);
}

int
main(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++)
		run(argv[i]);
	if (passed == 0)
		errx(1, "no file was run");
	printf("%zu passed, 0 failed\n", passed);
	return 0;
}
