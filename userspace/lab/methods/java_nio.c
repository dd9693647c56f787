// SPDX-License-Identifier: GPL-2.0-only
/*
 * Java NIO: Nio.java in a Java machine, which has the socket as its standard input
 * (System.inheritedChannel() makes a SocketChannel of it).
 *
 * The machine is started, and has run its code once, before anything is counted; it
 * writes "ready", waits for "go", sends, and writes "done". It is counted together with
 * this process. Its compiler and its collector may run meanwhile: compare it with the
 * rows of the same methods in C.
 *
 * The class is compiled when the lab is built, if there is a Java compiler.
 */
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common.h"

/* One method a process, so the line to the machine may be here. */
static int line = -1;

/* The folder of the class, or NULL: beside the program, or in the installed share. */
static const char *class_folder(void)
{
	static const char *const folders[] = { "", "/../share/zcxfer" };
	static char path[PATH_MAX + 32];
	char class[PATH_MAX + 48];
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - 1);
	char *end;
	size_t i;

	if (n <= 0)
		return NULL;
	path[n] = 0;
	end = strrchr(path, '/');
	for (i = 0; i < sizeof(folders) / sizeof(*folders); i++) {
		strcpy(end, folders[i]);
		snprintf(class, sizeof(class), "%s/Nio.class", path);
		if (!access(class, R_OK))
			return path;
	}
	return NULL;
}

static bool in_path(const char *name)
{
	const char *dir = getenv("PATH");

	while (dir && *dir) {
		size_t n = strcspn(dir, ":");
		char path[PATH_MAX];

		snprintf(path, sizeof(path), "%.*s/%s", (int)n, dir, name);
		if (!access(path, X_OK))
			return true;
		dir += n + (dir[n] == ':');
	}
	return false;
}

static const char *missing(void)
{
	if (in_path("java") && class_folder())
		return NULL;
	return "no Java: install default-jdk-headless, and build the lab again";
}

/*
 * The first of the two compilers and the simplest collector: they start fast, and have
 * few threads, which are measured as well.
 */
static void run_java(struct lab_transfer *t, const char *method, int end)
{
	char len[24], chunk[24];

	snprintf(len, sizeof(len), "%zu", t->len);
	snprintf(chunk, sizeof(chunk), "%zu", t->chunk);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (dup2(t->sock, 0) < 0 || dup2(end, 1) < 0)
		_exit(126);
	execlp("java", "java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
	       "-Xshare:auto", "-XX:-UsePerfData",
	       "-XX:-UseDynamicNumberOfCompilerThreads", "-cp", class_folder(),
	       "Nio", method, t->path, len, chunk, NULL);
	_exit(127);
}

/* Wait for a word. The machine writes its errors to standard error. */
static int await_word(const char *word)
{
	char got[16] = "";
	size_t len = strlen(word), done = 0;

	while (done < len) {
		ssize_t n = read(line, got + done, len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -ECHILD;
		done += n;
	}
	return strcmp(got, word) ? -EPROTO : 0;
}

static void finish(struct lab_transfer *t)
{
	if (line >= 0)
		close(line);
	line = -1;
	if (t->helper > 0)
		while (waitpid(t->helper, NULL, 0) < 0 && errno == EINTR)
			;
	t->helper = 0;
}

static int prepare(struct lab_transfer *t, const char *method)
{
	int ends[2], err;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		return -errno;
	line = ends[0];
	t->helper = fork();
	if (!t->helper)
		run_java(t, method, ends[1]);
	close(ends[1]);
	err = t->helper < 0 ? -errno : await_word("ready\n");
	if (err)
		finish(t);
	return err;
}

static int prepare_transferto(struct lab_transfer *t)
{
	return prepare(t, "transferTo");
}

static int prepare_mapped(struct lab_transfer *t)
{
	return prepare(t, "mapped");
}

static int prepare_heap(struct lab_transfer *t)
{
	return prepare(t, "heap");
}

static int prepare_direct(struct lab_transfer *t)
{
	return prepare(t, "direct");
}

/* Nio.java sends the whole file, once. */
static int send_range(struct lab_transfer *t, struct lab_range range)
{
	if (range.offset || range.len != t->len)
		return -EOPNOTSUPP;
	if (send(line, "go\n", 3, MSG_NOSIGNAL) != 3)
		return -errno;
	return await_word("done\n");
}

const struct lab_method lab_java_transferto = {
	.name = "java-transferto",
	.title = "Java transferTo",
	.source = "java_nio.c",
	.what = "page cache -> socket by reference: it calls sendfile",
	.remark = "the texts' one copy is for an interface without scatter-gather",
	.seed = { .cpu_copies = 1, .dma_copies = 2, .switches = 2 },
	.expected = { .referenced = LAB_ONCE },
	.missing = missing,
	.prepare = prepare_transferto,
	.send = send_range,
	.finish = finish,
};

const struct lab_method lab_java_mapped = {
	.name = "java-mapped",
	.title = "Java MappedByteBuffer",
	.source = "java_nio.c",
	.what = "page cache, mapped -> socket: it calls mmap and write",
	.from_mapping = true,
	.seed = { LAB_UNSAID, LAB_UNSAID, LAB_UNSAID },
	.expected = { .send_copy = LAB_ONCE },
	.missing = missing,
	.prepare = prepare_mapped,
	.send = send_range,
	.finish = finish,
};

const struct lab_method lab_java_heap = {
	.name = "java-heap",
	.title = "Java heap buffer",
	.source = "java_nio.c",
	.what = "page cache -> buffer -> array -> buffer -> socket",
	.remark = "Java copies twice more, in user space, where the kernel cannot count; "
	       "look at the CPU time",
	.seed = { LAB_UNSAID, LAB_UNSAID, LAB_UNSAID },
	.expected = {
		.read_copy = LAB_ONCE,
		.send_copy = LAB_ONCE,
	},
	.missing = missing,
	.prepare = prepare_heap,
	.send = send_range,
	.finish = finish,
};

const struct lab_method lab_java_direct = {
	.name = "java-direct",
	.title = "Java direct buffer",
	.source = "java_nio.c",
	.what = "page cache -> buffer -> socket: it calls read and write",
	.seed = { LAB_UNSAID, LAB_UNSAID, LAB_UNSAID },
	.expected = {
		.read_copy = LAB_ONCE,
		.send_copy = LAB_ONCE,
	},
	.missing = missing,
	.prepare = prepare_direct,
	.send = send_range,
	.finish = finish,
};
