// SPDX-License-Identifier: GPL-2.0-only
/*
 * Planted: one fault of every kind. No fault is that a caller who waits, somebody who
 * reads or those who write are named; that "is to be" is quoted; that the aim is to
 * tell A from B, and whether A is to B as C is to the D.
 */

/**
 * planted_is_over - is it over?
 * @job: a peer, who closes its socket
 */
static bool planted_is_over(struct planted *job)
{
	return job->bytes == 0;	// a job that has hurried
}

TEST_F(planted, of_a_socket_that_is_told)
{
	/* Strings that follow each other are one. */
	fprintf(stderr, "%s: the rest is "
		"to be sent\n", strerror(errno));
}
