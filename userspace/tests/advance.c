// SPDX-License-Identifier: GPL-2.0-only
/*
 * zcxfer_advance(): after a partial send, wherever it stopped, the descriptors that
 * remain describe exactly the bytes that were not sent.
 */
#include <string.h>
#include <zcxfer.h>

#include "tap.h"

#define NR	5

static const char head[] = "0123456789";

static void fill(struct zcxfer_desc descs[NR])
{
	descs[0] = zcxfer_memory(head, 10);
	descs[1] = zcxfer_file_range(3, 1000, 20);
	descs[2] = zcxfer_memory(head, 0);
	descs[3] = zcxfer_file_range(4, 0, 0);
	descs[4] = zcxfer_file_range(5, 1ULL << 40, 30);
}

/* The module's result of a transfer of @descs that stops after @bytes. */
static struct zcxfer_result stop_after(const struct zcxfer_desc *descs,
				       unsigned int nr, __u64 bytes)
{
	struct zcxfer_result result = { .bytes = bytes };

	while (result.desc < nr && bytes >= descs[result.desc].len)
		bytes -= descs[result.desc++].len;
	result.desc_bytes = bytes;
	return result;
}

/* A number that identifies the byte at offset @n of the descriptors. */
static __u64 identity(const struct zcxfer_desc *descs, __u64 n)
{
	for (; n >= descs->len; descs++)
		n -= descs->len;
	return ((__u64)descs->fd << 56) + descs->addr + n;
}

static __u64 total(const struct zcxfer_desc *descs, unsigned int nr)
{
	__u64 sum = 0;

	while (nr--)
		sum += descs++->len;
	return sum;
}

static bool rest_is_right(__u64 bytes)
{
	struct zcxfer_desc whole[NR], descs[NR], *left = descs;
	struct zcxfer_result result;
	unsigned int nr = NR;
	__u64 i;

	fill(whole);
	fill(descs);
	result = stop_after(descs, NR, bytes);
	zcxfer_advance(&left, &nr, &result);
	if (total(left, nr) != total(whole, NR) - bytes)
		return false;
	for (i = 0; i < total(left, nr); i++) {
		if (identity(left, i) != identity(whole, bytes + i))
			return false;
	}
	return left + nr == descs + NR;
}

static void test_twice(void)
{
	struct zcxfer_desc descs[NR], *left = descs;
	struct zcxfer_result result;
	unsigned int nr = NR;

	fill(descs);
	result = stop_after(left, nr, 4);
	zcxfer_advance(&left, &nr, &result);
	result = stop_after(left, nr, 4);
	zcxfer_advance(&left, &nr, &result);
	tap_ok(nr == NR && left->addr == (uintptr_t)head + 8 && left->len == 2,
	       "twice in one descriptor");
	result = stop_after(left, nr, 2 + 20 + 30);
	zcxfer_advance(&left, &nr, &result);
	tap_ok(nr == 0 && left == descs + NR, "to the end");
}

int main(void)
{
	__u64 bytes;

	for (bytes = 0; bytes <= 60; bytes++)
		tap_ok(rest_is_right(bytes), "rest after %llu bytes", bytes);
	test_twice();
	return tap_done();
}
