// SPDX-License-Identifier: GPL-2.0
/*
 * Programmed I/O and DMA: who carries the bytes from the disk into memory?
 *
 * With PIO the disk only says that it has a sector, and the CPU takes it out of a port,
 * 4 bytes at a time: ata_sff_data_xfer32() (drivers/ata/libata-sff.c). With DMA the
 * controller is told where in memory they belong, and the CPU hears of it when they are
 * there. virtio is DMA as well, by a disk that was never made of metal.
 *
 * Nothing is ever written to the disks.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common.h"
#include "experiments.h"
#include "ide.h"

#define MIB		(1 << 20)
#define MIBS		8
#define LEN		(MIBS * MIB)
#define BLOCK		(128 << 10)

/* What reading took. */
struct taken {
	double wall;
	double busy;
	unsigned long long by_cpu;	/* bytes, out of ports */
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/*
 * Time that the CPUs were not idle, in s. Of all processes: PIO is done in interrupts
 * and by workers, in nobody's name.
 */
static double busy_time(void)
{
	unsigned long long user = 0, nice = 0, system = 0, idle, iowait, irq = 0, soft = 0;
	FILE *file = fopen("/proc/stat", "re");

	if (!file)
		return 0;
	if (fscanf(file, "cpu %llu %llu %llu %llu %llu %llu %llu", &user, &nice, &system,
		   &idle, &iowait, &irq, &soft) != 7)
		user = 0;
	fclose(file);
	return (double)(user + nice + system + irq + soft) / sysconf(_SC_CLK_TCK);
}

static int read_disk(const char *disk)
{
	int fd = open(disk, O_RDONLY | O_DIRECT | O_CLOEXEC), err = 0;
	void *buffer = NULL;
	off_t at;

	if (fd < 0)
		return -errno;
	if (posix_memalign(&buffer, EXP_PAGE, BLOCK))
		err = -ENOMEM;
	for (at = 0; at < LEN && !err; at += BLOCK)
		if (pread(fd, buffer, BLOCK, at) != BLOCK)
			err = errno ? -errno : -ENODATA;
	free(buffer);
	close(fd);
	return err;
}

/* Once counted, and once, with nothing being traced, timed. */
static int measure(const char *disk, struct taken *taken)
{
	int err = exp_trace_begin(NULL, "libata/ata_sff_pio_transfer_data");

	*taken = (struct taken){};
	if (err)
		return err;
	/* Without libata there is no such event, and nobody who would cause it. */
	if (ide_is_loaded())
		err = exp_trace_put("trigger", "hist:keys=ata_port:vals=bytes");
	err = err ? err : read_disk(disk);
	if (ide_is_loaded())
		taken->by_cpu = exp_trace_sum("bytes");
	exp_trace_end();
	if (err)
		return err;
	taken->wall = now();
	taken->busy = busy_time();
	err = read_disk(disk);
	taken->wall = now() - taken->wall;
	taken->busy = busy_time() - taken->busy;
	return err;
}

static bool tell(const char *name, const char *disk, bool by_cpu, struct taken *taken)
{
	int err = measure(disk, taken);
	int width = by_cpu ? ide_port_width(disk) : 0;

	if (err)
		return exp_seen(false, "%s: %s: %s", name, disk, strerror(-err));
	exp_tell("%s (%s): %.1f ms and %.1f ms of CPU time per MiB", name, disk,
		 taken->wall * 1e3 / MIBS, taken->busy * 1e3 / MIBS);
	if (!by_cpu)
		return exp_seen(!taken->by_cpu, "%s: %llu of %d bytes out of ports", name,
				taken->by_cpu, LEN);
	exp_tell("%llu accesses to the data port, %d bytes each",
		 width ? taken->by_cpu / width : 0, width);
	return exp_seen(taken->by_cpu == LEN, "%s: %llu of %d bytes out of ports, by the CPU",
			name, taken->by_cpu, LEN);
}

/* The first of virtio's disks, if it is there. */
static const char *find_virtio(void)
{
	static char disk[64];
	glob_t found;

	if (glob("/dev/vd[a-z]", 0, NULL, &found))
		return NULL;
	snprintf(disk, sizeof(disk), "%s", found.gl_pathv[0]);
	globfree(&found);
	return disk;
}

/* The same disk in both ways. Returns the exit code, or -1 to go on. */
static int by_ide(const char *device, const char *wanted, struct taken taken[2])
{
	const char *const names[2] = { "PIO", "DMA" };
	const char *why;
	char disk[64];
	int dma;

	for (dma = 0; dma < 2; dma++) {
		why = ide_unload();
		why = why ? why : ide_load(device, dma, disk, sizeof(disk));
		if (why)
			return exp_skip("%s", why);
		if (strcmp(wanted, "auto") && strcmp(wanted, disk))
			return exp_skip("the disk of the IDE controller is %s, and not %s",
					disk, wanted);
		tell(names[dma], disk, !dma, &taken[dma]);
	}
	return -1;
}

static int run(const char *ide, const char *virtio)
{
	bool was_loaded = ide_is_loaded();
	struct taken taken[3] = {};
	char device[300];
	const char *why;
	int code;

	why = ide_find(device, sizeof(device));
	if (why)
		return exp_skip("%s", why);
	if (virtio && !strcmp(virtio, "auto"))
		virtio = find_virtio();
	exp_begin("Reads 8 MiB of an IDE disk whose driver was told not to use DMA, of the "
		  "same with DMA, and of a virtio disk.",
		  "Without DMA all bytes go through the CPU, which is busy all the time; "
		  "with DMA none.");
	code = by_ide(device, ide, taken);
	if (!was_loaded && code != EXP_SKIPPED)
		ide_unload();
	if (code >= 0)
		return code;
	if (virtio)
		tell("virtio", virtio, false, &taken[2]);
	else
		exp_tell("virtio: skipped: there is no such disk: --virtio /dev/vda");
	exp_tell("CPU time, PIO : DMA = %.1f : 1",
		 taken[1].busy ? taken[0].busy / taken[1].busy : 0);
	return exp_end("BLOCK, how much is read at a time: PIO takes an interrupt for every "
		       "multi-sector transfer (16 sectors here) whatever BLOCK is, DMA one "
		       "for a whole block.");
}

static int usage(void)
{
	fputs("usage: pio [--ide DEV|auto] [--virtio DEV|auto]\n", stderr);
	return 2;
}

/** lab_pio - the experiment */
int lab_pio(int argc, char **argv)
{
	static const struct option options[] = {
		{ "ide", required_argument, NULL, 'i' },
		{ "virtio", required_argument, NULL, 'v' },
		{ }
	};
	const char *ide = NULL, *virtio = "auto";
	int c;

	/* main() has used it as well. */
	optind = 0;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'i')
			ide = optarg;
		else if (c == 'v')
			virtio = optarg;
		else
			return usage();
	}
	if (optind < argc)
		return usage();
	if (!ide)
		return exp_skip("it loads the driver of a disk anew: say --ide auto, or which "
				"disk; a guest of \"selftests/vm/guest --lab\" has one");
	if (geteuid())
		return exp_skip("only root may load drivers and read disks");
	return run(ide, virtio);
}
