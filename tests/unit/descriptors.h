/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_DESCRIPTORS_H
#define TESTS_UNIT_DESCRIPTORS_H

/* How many descriptors this thread has open: a number to be compared with
 * another one of the same thread. From the first call on its descriptors are
 * its own, so that the test runner's threads, which open and close theirs as
 * they like, change nothing in it. */
int descriptors_open(void);

#endif
