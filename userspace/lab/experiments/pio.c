// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programmed I/O and DMA: the CPU, or the controller, moves the bytes from the disk into
 * memory.
 *
 * With PIO the disk only interrupts when it has a sector, and the CPU reads it from a
 * port, 4 bytes at a time: ata_sff_data_xfer32() (drivers/ata/libata-sff.c). With DMA the
 * driver passes the address in memory to the controller, which interrupts the CPU when
 * the bytes are there. virtio is DMA as well, by a virtual disk.
 *
 * The disks are only read.
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

/* A disk, and the cost of reading 8 MiB from it. */
struct reading {
	const char *name;
	char disk[64];
	bool is_pio;
	double wall;
	double busy;
	unsigned long long by_cpu;	/* bytes */
};

/*
 * The sum of the CPUs' idle time in seconds. PIO runs in interrupts and in workers, which
 * are not charged to a process, and the time of an interrupt need not be charged to any
 * task: so the time that is not idle is measured.
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

/* udev reads a new disk: wait until that is done. */
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

/* Read the disks, and count the bytes that the CPU moves. */
static int count(struct reading *readings, unsigned int nr)
{
	int err = exp_trace_begin(NULL, "libata/ata_sff_pio_transfer_data");
	unsigned int i;

	if (err)
		return err;
	for (i = 0; i < nr; i++)
		wait_until_quiet(readings[i].disk);
	err = exp_trace_put("trigger", "hist:keys=ata_port:vals=bytes");
	for (i = 0; i < nr && !err; i++) {
		unsigned long long before = 0, after = 0;

		err = exp_trace_sum("bytes", &before);
		err = err ? err : read_disk(readings[i].disk);
		err = err ? err : exp_trace_sum("bytes", &after);
		readings[i].by_cpu = after - before;
	}
	exp_trace_end();
	return err;
}

/* The same with nothing being traced. */
static int take_time(struct reading *r)
{
	double wall = lab_seconds(), idle = idle_time();
	int err = read_disk(r->disk);

	r->wall = lab_seconds() - wall;
	r->busy = r->wall * sysconf(_SC_NPROCESSORS_ONLN) - (idle_time() - idle);
	if (r->busy < 0)
		r->busy = 0;
	return err;
}

static void show(const struct reading *r)
{
	int width = r->is_pio ? ide_port_width(r->disk) : 0;

	exp_show("%s (%s): per MiB %.1f ms, and %.1f ms of CPU time", r->name, r->disk,
		 r->wall * 1e3 / MIBS, r->busy * 1e3 / MIBS);
	/* Commands such as IDENTIFY DEVICE always use PIO. */
	exp_seen(r->is_pio ? r->by_cpu >= LEN && r->by_cpu < LEN + LEN / 100 :
		 r->by_cpu < LEN / 100,
		 "%s: %s of it out of the disk's data port, by the CPU: %llu of %d bytes",
		 r->name, r->is_pio ? "all" : "nothing", r->by_cpu, LEN);
	if (width)
		exp_show("%s: %llu accesses to the port, %d bytes each", r->name,
			 r->by_cpu / width, width);
}

static void measure(struct reading *readings, unsigned int nr)
{
	int err = count(readings, nr);
	unsigned int i;

	for (i = 0; i < nr && !err; i++)
		err = take_time(&readings[i]);
	if (err)
		exp_seen(false, "the disks can be read and counted: %s", strerror(-err));
	for (i = 0; i < nr && !err; i++)
		show(&readings[i]);
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

/* Reload the driver of the IDE disk. Returns NULL, or the error as text. */
static const char *load(const char *device, const char *wanted, struct reading *r)
{
	const char *problem = ide_unload();

	problem = problem ? problem : ide_load(device, !r->is_pio, r->disk, sizeof(r->disk));
	if (!problem && strcmp(wanted, "auto") && strcmp(wanted, r->disk))
		problem = "that is not the disk of the IDE controller: see lsblk";
	return problem;
}

/* Tracing is switched rarely, because that is slow under emulation. */
static const char *measure_all(const char *device, const char *ide, const char *virtio)
{
	struct reading pio = { .name = "PIO", .is_pio = true };
	struct reading others[2] = { { .name = "DMA" }, { .name = "virtio" } };
	const char *problem = load(device, ide, &pio);

	if (problem)
		return problem;
	measure(&pio, 1);
	problem = load(device, ide, &others[0]);
	if (problem)
		return problem;
	if (virtio)
		snprintf(others[1].disk, sizeof(others[1].disk), "%s", virtio);
	else
		exp_show("virtio: skipped: there is no such disk: --virtio /dev/vda");
	measure(others, virtio ? 2 : 1);
	if (others[0].busy)
		exp_show("CPU time of PIO: %.1f times that of DMA", pio.busy / others[0].busy);
	return NULL;
}

static int run(const char *ide, const char *virtio)
{
	bool was_loaded = ide_is_loaded();
	char device[300];
	const char *problem = ide_find(device, sizeof(device));

	if (problem)
		return exp_skip("%s", problem);
	exp_begin("Reads 8 MiB of an IDE disk whose driver does not use DMA, of the same\n"
		  "with DMA, and of a virtio disk.\n",
		  "Without DMA all bytes go through the CPU, a few at a time; with DMA\n"
		  "none.\n");
	if (!strcmp(virtio, "auto"))
		virtio = find_virtio();
	/* So that no disk is left without DMA. */
	exp_block_signals(true);
	problem = measure_all(device, ide, virtio);
	if (!was_loaded)
		ide_unload();
	exp_block_signals(false);
	if (problem)
		return exp_skip("%s", problem);
	return exp_end("BLOCK, the size of each read: with PIO the disk interrupts for every\n"
		       "few sectors (16 here), with DMA once for a block.\n");
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

	/* main() has used getopt_long() as well. */
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
		return exp_skip("it reloads the driver of a disk: allow that with --ide auto");
	if (geteuid())
		return exp_skip("only root may load drivers and read disks");
	return run(ide, virtio);
}
