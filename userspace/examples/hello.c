// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Sends a greeting and a file in one system call: hello FILE >/dev/tcp/HOST/PORT */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <zcxfer.h>

int main(int argc, char **argv)
{
	int file = argc > 1 ? open(argv[1], O_RDONLY) : -1;
	struct zcxfer_desc descs[] = {
		zcxfer_memory("hello, ", 7),
		zcxfer_file_range(file, 0, 4096),
	};
	struct zcxfer_result result;
	int dev = zcxfer_open();
	int err = dev < 0 ? dev : zcxfer_send(dev, 1, descs, 2, 0, &result);

	if (err)
		fprintf(stderr, "hello: %s\n", strerror(-err));
	else
		fprintf(stderr, "%llu bytes, %llu of them by reference: %s\n",
			result.bytes, result.bytes_referenced,
			zcxfer_stop_name(result.stop));
	return err != 0;
}
