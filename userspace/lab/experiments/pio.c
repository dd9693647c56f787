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

#include "../base.h"
#include "common.h"
#include "experiments.h"
#include "ide.h"

#define MIB		(1 << 20)
#define MIBS		8
#define LEN		(MIBS * MIB)
#define BLOCK		(128 << 10)

/* A way to read 8 MiB, and what it took. */
struct way {
	const char *name;
	char disk[64];
	bool is_pio;
	double wall;
	double busy;
	unsigned long long by_cpu;	/* bytes */
};

/*
 * Time that the CPUs were idle, in s, of all: PIO is done in interrupts and by workers,
 * in nobody's name. What an interrupt takes is not idle time, and it need not be busy
 * time of anybody either: so what is not idle is asked for.
 */
static double idle_time(void)
{
	unsigned long long idle = 0, iowait = 0;
	FILE *file = fopen("/proc/stat", "re");

	if (!file)
		return 0;
	if (fscanf(file, "cpu %*u %*u %*u %llu %llu", &idle, &iowait) != 2)
		idle = 0;
	fclose(file);
	return (double)(idle + iowait) / sysconf(_SC_CLK_TCK);
}

static unsigned long long reads_of(const char *disk)
{
	unsigned long long reads = 0;
	char path[100];
	FILE *file;

	snprintf(path, sizeof(path), "/sys/block/%s/stat", strrchr(disk, '/') + 1);
	file = fopen(path, "re");
	if (file && fscanf(file, "%llu", &reads) != 1)
		reads = 0;
	if (file)
		fclose(file);
	return reads;
}

/* A disk that is new is looked at by others (udev): wait until they are through. */
static void wait_until_quiet(const char *disk)
{
	struct timespec moment = { .tv_sec = 1 };
	unsigned long long before, reads = reads_of(disk);
	int tries = 0;

	do {
		before = reads;
		nanosleep(&moment, NULL);
		reads = reads_of(disk);
	} while (reads != before && tries++ < 20);
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

/* Read them, and count who carries the bytes. */
static int count(struct way *ways, unsigned int nr)
{
	int err = exp_trace_begin(NULL, "libata/ata_sff_pio_transfer_data");
	unsigned int i;

	if (err)
		return err;
	for (i = 0; i < nr; i++)
		wait_until_quiet(ways[i].disk);
	err = exp_trace_put("trigger", "hist:keys=ata_port:vals=bytes");
	for (i = 0; i < nr && !err; i++) {
		unsigned long long before = 0, after = 0;

		err = exp_trace_sum("bytes", &before);
		err = err ? err : read_disk(ways[i].disk);
		err = err ? err : exp_trace_sum("bytes", &after);
		ways[i].by_cpu = after - before;
	}
	exp_trace_end();
	return err;
}

/* The same with nothing being traced. */
static int take_time(struct way *way)
{
	double wall = lab_seconds(), idle = idle_time();
	int err = read_disk(way->disk);

	way->wall = lab_seconds() - wall;
	way->busy = way->wall * sysconf(_SC_NPROCESSORS_ONLN) - (idle_time() - idle);
	if (way->busy < 0)
		way->busy = 0;
	return err;
}

static void tell(const struct way *way)
{
	int width = way->is_pio ? ide_port_width(way->disk) : 0;

	exp_tell("%s (%s): per MiB %.1f ms, and %.1f ms of CPU time", way->name, way->disk,
		 way->wall * 1e3 / MIBS, way->busy * 1e3 / MIBS);
	/* What a disk is asked beside (what are you?) it always answers by PIO. */
	exp_seen(way->is_pio ? way->by_cpu >= LEN && way->by_cpu < LEN + LEN / 100 :
		 way->by_cpu < LEN / 100,
		 "%s: %s of it out of the disk's data port, by the CPU: %llu of %d bytes",
		 way->name, way->is_pio ? "all" : "nothing", way->by_cpu, LEN);
	if (width)
		exp_tell("%s: %llu accesses to the port, %d bytes each", way->name,
			 way->by_cpu / width, width);
}

static void measure(struct way *ways, unsigned int nr)
{
	int err = count(ways, nr);
	unsigned int i;

	for (i = 0; i < nr && !err; i++)
		err = take_time(&ways[i]);
	if (err)
		exp_seen(false, "the disks can be read and counted: %s", strerror(-err));
	for (i = 0; i < nr && !err; i++)
		tell(&ways[i]);
}

/* The first of virtio's disks, if there is one. */
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

/* The IDE disk, its driver loaded anew. Returns NULL, or why not. */
static const char *load(const char *device, const char *wanted, struct way *way)
{
	const char *why = ide_unload();

	why = why ? why : ide_load(device, !way->is_pio, way->disk, sizeof(way->disk));
	if (!why && strcmp(wanted, "auto") && strcmp(wanted, way->disk))
		why = "that is not the disk of the IDE controller: see lsblk";
	return why;
}

/* Switching tracing on and off is rare: under emulation it takes its time. */
static const char *measure_all(const char *device, const char *ide, const char *virtio)
{
	struct way pio = { .name = "PIO", .is_pio = true };
	struct way others[2] = { { .name = "DMA" }, { .name = "virtio" } };
	const char *why = load(device, ide, &pio);

	if (why)
		return why;
	measure(&pio, 1);
	why = load(device, ide, &others[0]);
	if (why)
		return why;
	if (virtio)
		snprintf(others[1].disk, sizeof(others[1].disk), "%s", virtio);
	else
		exp_tell("virtio: skipped: there is no such disk: --virtio /dev/vda");
	measure(others, virtio ? 2 : 1);
	if (others[0].busy)
		exp_tell("CPU time of PIO: %.1f times that of DMA", pio.busy / others[0].busy);
	return NULL;
}

static int run(const char *ide, const char *virtio)
{
	bool was_loaded = ide_is_loaded();
	char device[300];
	const char *why = ide_find(device, sizeof(device));

	if (why)
		return exp_skip("%s", why);
	exp_begin("Reads 8 MiB of an IDE disk whose driver was told not to use DMA, of the\n"
		  "same with DMA, and of a virtio disk.\n",
		  "Without DMA all bytes go through the CPU, a few at a time; with DMA\n"
		  "none.\n");
	if (!strcmp(virtio, "auto"))
		virtio = find_virtio();
	/* No disk is to be left without DMA. */
	exp_hold_signals(true);
	why = measure_all(device, ide, virtio);
	if (!was_loaded)
		ide_unload();
	exp_hold_signals(false);
	if (why)
		return exp_skip("%s", why);
	return exp_end("BLOCK, how much is read at a time: with PIO the disk interrupts for\n"
		       "every few sectors (16 here), with DMA once for all of a block.\n");
}

static int wrong_usage(void)
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
			return wrong_usage();
	}
	if (optind < argc)
		return wrong_usage();
	if (!ide)
		return exp_skip("it loads a disk's driver anew: that has to be said: --ide auto");
	if (geteuid())
		return exp_skip("only root may load drivers and read disks");
	return run(ide, virtio);
}
