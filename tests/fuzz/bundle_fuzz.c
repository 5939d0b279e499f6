/* SPDX-License-Identifier: MIT */
/* Configurations from the supervisor to a worker. What is read
 *   - has a policy, and what a worker cannot do without;
 *   - makes the same bundle again, byte for byte. */

#undef NDEBUG
#include <assert.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cmd/bundle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first line, which names the version, is not for the fuzzer to find. */
static const char first_line[] = "postern " POSTERN_VERSION " bundle\n";

static int
seal(const uint8_t *data, size_t size)
{
	const size_t first = sizeof(first_line) - 1;
	int fd = memfd_create("bundle", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert(fd != -1);
	assert(write(fd, first_line, first) == (ssize_t)first);
	assert(write(fd, data, size) == (ssize_t)size);
	assert(
	    fcntl(fd, F_ADD_SEALS,
		F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) == 0);
	return fd;
}

static void
check_same(int fd, const uint8_t *data, size_t size)
{
	const size_t first = sizeof(first_line) - 1;
	char *bytes;

	assert(lseek(fd, 0, SEEK_END) == (off_t)(first + size));
	bytes = mmap(NULL, first + size, PROT_READ, MAP_PRIVATE, fd, 0);
	assert(bytes != MAP_FAILED);
	assert(memcmp(bytes, first_line, first) == 0);
	assert(size == 0 || memcmp(bytes + first, data, size) == 0);
	munmap(bytes, first + size);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct settings settings;
	struct err err;
	int fd, again;

	fd = seal(data, size);
	if (bundle_read(fd, &settings, &err) == 0) {
		assert(settings.policy != NULL);
		assert(settings.policy->profiles_len == settings.files.len);
		assert(settings.config.upstream[0] == '/');
		again = bundle_make(&settings, &err);
		assert(again != -1);
		check_same(again, data, size);
		close(again);
		settings_clear(&settings);
	} else {
		assert(err.text[0] != '\0');
	}
	close(fd);
	return 0;
}
