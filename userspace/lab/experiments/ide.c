// SPDX-License-Identifier: GPL-2.0-only
/*
 * An IDE disk at Intel's PIIX, whose driver (ata_piix) supports both: with DMA, and
 * without (libata.dma=0). That is a parameter of libata, so it must be unloaded and loaded
 * again, which is only done while none of its disks is in use.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/hdreg.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ide.h"

extern char **environ;

static char problem[300];

/* Run a program. Returns 0 if its exit code is 0, else 1. */
static int run(const char *const argv[])
{
	int status = 1;
	pid_t pid;

	if (posix_spawnp(&pid, argv[0], NULL, NULL, (char *const *)argv, environ))
		return 1;
	waitpid(pid, &status, 0);
	return status != 0;
}

static unsigned int read_hex(const char *device, const char *name)
{
	unsigned int value = 0;
	char path[300];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", device, name);
	file = fopen(path, "re");
	if (file && fscanf(file, "%x", &value) != 1)
		value = 0;
	if (file)
		fclose(file);
	return value;
}

/**
 * ide_find - find a PIIX
 * @device: set to its directory in sysfs
 * @size: of @device
 *
 * Return: NULL, or the error as text.
 */
const char *ide_find(char *device, size_t size)
{
	const char *missing = "no PIIX IDE controller: a guest of selftests/vm/guest --lab has one";
	glob_t found;
	size_t i;

	if (glob("/sys/bus/pci/devices/*", 0, NULL, &found))
		return missing;
	for (i = 0; i < found.gl_pathc; i++) {
		const char *path = found.gl_pathv[i];

		/* Mass storage, IDE; PIIX, PIIX3, PIIX4. */
		if (read_hex(path, "class") >> 8 != 0x0101 ||
		    read_hex(path, "vendor") != 0x8086)
			continue;
		switch (read_hex(path, "device")) {
		case 0x1230:
		case 0x7010:
		case 0x7111:
			snprintf(device, size, "%s", path);
			missing = NULL;
		}
	}
	globfree(&found);
	return missing;
}

/** ide_is_loaded - check that libata is loaded. Return: true if it is */
bool ide_is_loaded(void)
{
	return !access("/sys/module/libata", F_OK);
}

/* Its first disk, which is below the device in sysfs. */
static void disk_of(const char *device, char *disk, size_t size)
{
	char pattern[400];
	glob_t found;

	disk[0] = 0;
	snprintf(pattern, sizeof(pattern), "%s/ata*/host*/target*/*/block/sd*", device);
	if (glob(pattern, 0, NULL, &found))
		return;
	snprintf(disk, size, "/dev/%s", strrchr(found.gl_pathv[0], '/') + 1);
	globfree(&found);
}

/*
 * Check that no disk of libata is mounted, used for swap, or part of another device: then
 * it can be opened exclusively. The same for partitions.
 */
static const char *check_unused(void)
{
	const char *used = NULL;
	glob_t found;
	size_t i;

	if (glob("/dev/sd*", 0, NULL, &found))
		return NULL;
	for (i = 0; i < found.gl_pathc && !used; i++) {
		int fd = open(found.gl_pathv[i], O_RDONLY | O_EXCL | O_CLOEXEC);

		if (fd < 0 && errno == EBUSY) {
			snprintf(problem, sizeof(problem),
				 "%s is in use (mounted?): its driver is not unloaded",
				 found.gl_pathv[i]);
			used = problem;
		}
		if (fd >= 0)
			close(fd);
	}
	globfree(&found);
	return used;
}

/**
 * ide_unload - unload the drivers
 *
 * Return: NULL, or the error as text.
 */
const char *ide_unload(void)
{
	static const char *const drivers[] = { "modprobe", "-qr", "ata_piix", NULL };
	static const char *const core[] = { "modprobe", "-qr", "libata", NULL };
	struct timespec moment = { .tv_nsec = 200 * 1000 * 1000 };
	const char *used;
	int tries;

	/* udev may still have new disks open. */
	for (tries = 0; tries < 25 && ide_is_loaded(); tries++) {
		used = check_unused();
		if (used)
			return used;
		/* modprobe -r removes libata with its last user. */
		if (!run(drivers) && (!ide_is_loaded() || !run(core)))
			return NULL;
		nanosleep(&moment, NULL);
	}
	return ide_is_loaded() ? "libata stays: other drivers need it (see lsmod)" : NULL;
}

/**
 * ide_load - load the drivers
 * @device: the controller
 * @dma: true to use DMA
 * @disk: set to its disk, "/dev/sda"
 * @size: of @disk
 *
 * Return: NULL, or the error as text.
 */
const char *ide_load(const char *device, bool dma, char *disk, size_t size)
{
	static const char *const without[] = { "modprobe", "libata", "dma=0", NULL };
	static const char *const drivers[] = { "modprobe", "-a", "ata_piix", "sd_mod", NULL };
	struct timespec moment = { .tv_nsec = 100 * 1000 * 1000 };
	int tries;

	if ((!dma && run(without)) || run(drivers))
		return "the drivers libata, ata_piix and sd_mod cannot be loaded";
	for (tries = 0; tries < 200; tries++) {
		int fd;

		disk_of(device, disk, size);
		fd = disk[0] ? open(disk, O_RDONLY | O_CLOEXEC) : -1;
		if (fd >= 0) {
			close(fd);
			return NULL;
		}
		nanosleep(&moment, NULL);
	}
	return "the IDE controller has no disk";
}

/**
 * ide_port_width - bytes that the CPU reads from the port at a time
 * @disk: the disk
 *
 * Return: bytes, 0 if not known.
 */
int ide_port_width(const char *disk)
{
	int fd = open(disk, O_RDONLY | O_CLOEXEC);
	long wide = 0;
	int err;

	if (fd < 0)
		return 0;
	err = ioctl(fd, HDIO_GET_32BIT, &wide);
	close(fd);
	return err ? 0 : wide ? 4 : 2;
}
