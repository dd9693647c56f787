// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which files are sent by reference: the module parameter zc_policy, for every
 * kind of file that can or cannot be written, as root and as nobody. The bytes
 * that arrive are the same in every case.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "zctest.h"

#define FILE_SIZE	KIB(64)

static int set_owner(struct source *src, uid_t uid, mode_t mode)
{
	if (fchown(src->fd, uid, uid) || fchmod(src->fd, mode))
		return -errno;
	return 0;
}

/* Each turns a new, open file of root's into one of its kind. */
static int make_foreign(struct source *src)
{
	return set_owner(src, 0, 0644);
}

static int make_shared(struct source *src)
{
	return set_owner(src, 0, 0666);
}

static int make_own(struct source *src)
{
	return set_owner(src, NOBODY, 0644);
}

static int make_own_read_only(struct source *src)
{
	return set_owner(src, NOBODY, 0444);
}

/* Whoever opened the file, every holder of this descriptor can write to it. */
static int make_opened_rw(struct source *src)
{
	return source_reopen(src, src->path, O_RDWR);
}

/* A read-only bind mount, in a mount namespace that ends with this process. */
static int make_ro_mount(struct source *src)
{
	char *name = strrchr(src->path, '/'), dir[PATH_MAX], path[PATH_MAX + 16];
	const char *mount_point = "/tmp/zctest.ro";
	int ret;

	ret = set_owner(src, NOBODY, 0666);
	if (ret)
		return ret;
	snprintf(dir, sizeof(dir), "%.*s", (int)(name - src->path), src->path);
	mkdir(mount_point, 0755);
	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount(dir, mount_point, NULL, MS_BIND, NULL) ||
	    mount(NULL, mount_point, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY,
		  NULL))
		return -errno;
	snprintf(path, sizeof(path), "%s%s", mount_point, name);
	return source_reopen(src, path, O_RDONLY);
}

static int make_immutable(struct source *src)
{
	int ret = set_owner(src, NOBODY, 0666);

	return ret ? ret : source_guard(src, FS_IMMUTABLE_FL);
}

static int make_append_only(struct source *src)
{
	int ret = set_owner(src, NOBODY, 0666);

	return ret ? ret : source_guard(src, FS_APPEND_FL);
}

static int make_verity(struct source *src)
{
	int ret = set_owner(src, NOBODY, 0666);

	return ret ? ret : source_enable_verity(src);
}

static int make_memfd(struct source *src)
{
	source_destroy(src);
	return source_create_memfd(src, FILE_SIZE);
}

static int make_sealed(struct source *src)
{
	int ret = make_memfd(src);

	if (ret)
		return ret;
	return fcntl(src->fd, F_ADD_SEALS, F_SEAL_WRITE) ? -errno : 0;
}

static int make_future_sealed(struct source *src)
{
	int ret = make_memfd(src);

	if (ret)
		return ret;
	return fcntl(src->fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE) ? -errno : 0;
}

/* A file of ext4, opened through the overlay over its directory. */
static int make_overlay_lower(struct source *src)
{
	char dir[PATH_MAX], path[PATH_MAX];
	int ret;

	source_destroy(src);
	snprintf(dir, sizeof(dir), "%s/lower", mounted_dir("ext4"));
	ret = source_create(src, dir, FILE_SIZE);
	if (!ret)
		ret = set_owner(src, NOBODY, 0666);
	if (ret || !mounted_dir("overlay"))
		return ret ? ret : -ENOENT;
	snprintf(path, sizeof(path), "%s%s", mounted_dir("overlay"),
		 strrchr(src->path, '/'));
	return source_reopen(src, path, O_RDONLY);
}

/* A file of the upper layer, open for writing. */
static int make_overlay_rw(struct source *src)
{
	source_destroy(src);
	if (!mounted_dir("overlay") ||
	    source_create(src, mounted_dir("overlay"), FILE_SIZE))
		return -ENOENT;
	return source_reopen(src, src->path, O_RDWR);
}

/* The kernel is not the only one that writes to it. */
static int make_hostfs(struct source *src)
{
	const char *dir = mounted_dir("hostfs");

	if (!dir)
		return -ENODEV;
	source_destroy(src);
	return source_create(src, dir, FILE_SIZE);
}

FIXTURE(policy)
{
	int dev;
	int sv[2];
	struct source src;
	struct receiver rx;
	char before[16];
};

FIXTURE_VARIANT(policy)
{
	int (*make)(struct source *src);
	bool root_may_write;
	bool nobody_may_write;
};

FIXTURE_VARIANT_ADD(policy, own) { make_own, true, true };
FIXTURE_VARIANT_ADD(policy, own_read_only) { make_own_read_only, true, false };
FIXTURE_VARIANT_ADD(policy, foreign) { make_foreign, true, false };
FIXTURE_VARIANT_ADD(policy, shared) { make_shared, true, true };
FIXTURE_VARIANT_ADD(policy, opened_rw) { make_opened_rw, true, true };
FIXTURE_VARIANT_ADD(policy, ro_mount) { make_ro_mount, false, false };
FIXTURE_VARIANT_ADD(policy, immutable) { make_immutable, false, false };
FIXTURE_VARIANT_ADD(policy, append_only) { make_append_only, false, false };
FIXTURE_VARIANT_ADD(policy, verity) { make_verity, false, false };
FIXTURE_VARIANT_ADD(policy, memfd) { make_memfd, true, true };
FIXTURE_VARIANT_ADD(policy, sealed) { make_sealed, false, false };
FIXTURE_VARIANT_ADD(policy, future_sealed) { make_future_sealed, false, false };
FIXTURE_VARIANT_ADD(policy, overlay_lower) { make_overlay_lower, false, false };
FIXTURE_VARIANT_ADD(policy, overlay_rw) { make_overlay_rw, true, true };
FIXTURE_VARIANT_ADD(policy, hostfs) { make_hostfs, false, false };

FIXTURE_SETUP(policy)
{
	const char *dir = mounted_dir("ext4");
	int ret;

	if (!dir)
		SKIP(return, "no ext4 mounted");
	self->dev = zc_open();
	ASSERT_LE(0, self->dev);
	ASSERT_EQ(0, source_create(&self->src, dir, FILE_SIZE));
	ret = variant->make(&self->src);
	if (ret)
		SKIP(return, "cannot make such a file: %s", strerror(-ret));
	ASSERT_EQ(0, link_open(LINK_TCP, self->sv));
	ASSERT_EQ(0, param_read("zc_policy", self->before,
				sizeof(self->before)));
}

FIXTURE_TEARDOWN(policy)
{
	EXPECT_EQ(0, become_root());
	EXPECT_EQ(0, param_write("zc_policy", self->before));
	EXPECT_EQ(0, source_check(&self->src));
	if (self->src.path[0])
		EXPECT_EQ(0, source_guard(&self->src, 0));
	source_destroy(&self->src);
	EXPECT_TRUE(stats_at_rest());
}

static void send_under(struct __test_metadata *_metadata,
		       struct _test_data_policy *self, const char *policy,
		       bool nobody, bool referenced)
{
	struct zcxfer_desc desc = file_desc(self->src.fd, 0, FILE_SIZE);
	struct zcxfer_transfer send = send_init(self->sv[0], &desc, 1, 0);
	struct run run = source_run(&self->src, 0, FILE_SIZE);

	ASSERT_EQ(0, param_write("zc_policy", policy));
	if (nobody)
		ASSERT_EQ(0, become_nobody());
	ASSERT_EQ(0, receiver_start(&self->rx, self->sv[1], &run, 1));
	EXPECT_EQ(0, zc_send(self->dev, &send));
	EXPECT_TRUE(result_is(&send, (struct zcxfer_result){
		.bytes = FILE_SIZE,
		.bytes_referenced = referenced ? FILE_SIZE : 0,
		.bytes_copied = referenced ? 0 : FILE_SIZE,
		.desc = 1,
		.stop = ZCXFER_STOP_DONE,
		.copy_reasons = referenced ? 0 : ZCXFER_COPIED_POLICY,
		.socket_calls = ANY_CALLS,
	}));
	EXPECT_EQ(0, receiver_finish(&self->rx, self->sv[0], FILE_SIZE));
}

TEST_F_TIMEOUT(policy, never_copies_for_root, TIMEOUT)
{
	send_under(_metadata, self, "never", false, false);
}

TEST_F_TIMEOUT(policy, never_copies_for_nobody, TIMEOUT)
{
	send_under(_metadata, self, "never", true, false);
}

TEST_F_TIMEOUT(policy, all_references_for_root, TIMEOUT)
{
	send_under(_metadata, self, "all", false, true);
}

TEST_F_TIMEOUT(policy, all_references_for_nobody, TIMEOUT)
{
	send_under(_metadata, self, "all", true, true);
}

TEST_F_TIMEOUT(policy, writable_references_what_root_may_write, TIMEOUT)
{
	send_under(_metadata, self, "writable", false, variant->root_may_write);
}

TEST_F_TIMEOUT(policy, writable_references_what_nobody_may_write, TIMEOUT)
{
	send_under(_metadata, self, "writable", true,
		   variant->nobody_may_write);
}

/* Reading, writing and applying the parameters. */
FIXTURE(parameter)
{
	int dev;
	int sv[2];
	struct source src;
	struct zcxfer_info info;
	char policy[16];
	char copybreak[16];
};

FIXTURE_SETUP(parameter)
{
	self->dev = zc_open();
	ASSERT_LE(0, self->dev);
	ASSERT_EQ(0, link_open(LINK_TCP, self->sv));
	ASSERT_EQ(0, link_set_buffers(self->sv, MIB(1)));
	ASSERT_EQ(0, source_create_memfd(&self->src, KIB(128)));
	ASSERT_EQ(0, param_read("zc_policy", self->policy,
				sizeof(self->policy)));
	ASSERT_EQ(0, param_read("copybreak", self->copybreak,
				sizeof(self->copybreak)));
}

FIXTURE_TEARDOWN(parameter)
{
	EXPECT_EQ(0, become_root());
	EXPECT_EQ(0, param_write("zc_policy", self->policy));
	EXPECT_EQ(0, param_write("copybreak", self->copybreak));
	EXPECT_EQ(0, source_check(&self->src));
	EXPECT_TRUE(stats_at_rest());
}

TEST_F_TIMEOUT(parameter, writable_is_the_default, TIMEOUT)
{
	EXPECT_STREQ("writable", self->policy);
}

TEST_F_TIMEOUT(parameter, info_follows_the_parameters, TIMEOUT)
{
	ASSERT_EQ(0, param_write("zc_policy", "never"));
	ASSERT_EQ(0, param_write("copybreak", "12345"));
	EXPECT_EQ(0, zc_info(self->dev, &self->info));
	EXPECT_EQ(ZCXFER_POLICY_NEVER, self->info.policy);
	EXPECT_EQ(12345, self->info.copybreak);
	ASSERT_EQ(0, param_write("zc_policy", "all"));
	EXPECT_EQ(0, zc_info(self->dev, &self->info));
	EXPECT_EQ(ZCXFER_POLICY_ALL, self->info.policy);
	ASSERT_EQ(0, param_write("zc_policy", "writable"));
	EXPECT_EQ(0, zc_info(self->dev, &self->info));
	EXPECT_EQ(ZCXFER_POLICY_WRITABLE, self->info.policy);
}

TEST_F_TIMEOUT(parameter, unknown_value_is_refused, TIMEOUT)
{
	char policy[16];

	EXPECT_EQ(-EINVAL, param_write("zc_policy", "sometimes"));
	EXPECT_EQ(-EINVAL, param_write("zc_policy", "1"));
	EXPECT_EQ(-EINVAL, param_write("copybreak", "-1"));
	EXPECT_EQ(0, param_read("zc_policy", policy, sizeof(policy)));
	EXPECT_STREQ(self->policy, policy);
}

TEST_F_TIMEOUT(parameter, only_root_may_write_them, TIMEOUT)
{
	ASSERT_EQ(0, become_nobody());
	EXPECT_EQ(-EACCES, param_write("zc_policy", "all"));
	EXPECT_EQ(-EACCES, param_write("copybreak", "0"));
}

TEST_F_TIMEOUT(parameter, copybreak_is_the_shortest_reference, TIMEOUT)
{
	const __u32 values[] = { 0, 1, 2, 100, 4096, 4097, KIB(64), UINT32_MAX };
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(values); i++) {
		const __u64 lengths[] = {
			1, values[i] - 1ULL, values[i], values[i] + 1ULL,
			KIB(100),
		};
		char text[16];

		snprintf(text, sizeof(text), "%u", values[i]);
		ASSERT_EQ(0, param_write("copybreak", text));
		for (j = 0; j < ARRAY_SIZE(lengths); j++) {
			__u64 len = lengths[j];
			bool copied = len < values[i];
			struct run run = source_run(&self->src, 1, len);
			struct zcxfer_desc desc;
			struct zcxfer_transfer send;

			if (!len || len > KIB(100))
				continue;
			desc = file_desc(self->src.fd, 1, len);
			send = send_init(self->sv[0], &desc, 1, 0);
			EXPECT_EQ(0, zc_send(self->dev, &send));
			EXPECT_TRUE(result_is(&send, (struct zcxfer_result){
				.bytes = len,
				.bytes_referenced = copied ? 0 : len,
				.bytes_copied = copied ? len : 0,
				.desc = 1,
				.stop = ZCXFER_STOP_DONE,
				.copy_reasons = copied ? ZCXFER_COPIED_SHORT : 0,
				.socket_calls = ANY_CALLS,
			}));
			EXPECT_EQ(0, receive_exactly(self->sv[1], &run, 1, len));
		}
	}
}

/* Root opens the device and passes it on; the caller's rights apply. */
TEST_F_TIMEOUT(parameter, passed_device_applies_the_callers_rights, TIMEOUT)
{
	struct source own, foreign;
	int channel[2], status;
	struct run runs[2];
	pid_t child;

	if (!mounted_dir("ext4"))
		SKIP(return, "no ext4 mounted");
	ASSERT_EQ(0, source_create(&own, mounted_dir("ext4"), KIB(64)));
	ASSERT_EQ(0, source_create(&foreign, mounted_dir("ext4"), KIB(64)));
	ASSERT_EQ(0, fchown(own.fd, NOBODY, NOBODY));
	runs[0] = source_run(&own, 0, KIB(64));
	runs[1] = source_run(&foreign, 0, KIB(64));
	ASSERT_EQ(0, param_write("zc_policy", "writable"));

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, channel));
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		struct zcxfer_desc descs[] = {
			file_desc(own.fd, 0, KIB(64)),
			file_desc(foreign.fd, 0, KIB(64)),
		};
		const struct zcxfer_result want = {
			.bytes = KIB(128),
			.bytes_referenced = KIB(64),
			.bytes_copied = KIB(64),
			.desc = 2,
			.stop = ZCXFER_STOP_DONE,
			.copy_reasons = ZCXFER_COPIED_POLICY,
			.socket_calls = ANY_CALLS,
		};
		struct zcxfer_transfer send = send_init(self->sv[0], descs, 2, 0);

		close(self->dev);
		if (setresgid(NOBODY, NOBODY, NOBODY) ||
		    setresuid(NOBODY, NOBODY, NOBODY))
			_exit(1);
		if (zc_send(take_fd(channel[1]), &send))
			_exit(2);
		if (!result_is(&send, want))
			_exit(3);
		_exit(0);
	}
	EXPECT_EQ(0, pass_fd(channel[0], self->dev));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_TRUE(WIFEXITED(status));
	EXPECT_EQ(0, WEXITSTATUS(status));
	EXPECT_EQ(0, receive_exactly(self->sv[1], runs, 2, KIB(128)));
	EXPECT_EQ(0, source_check(&own));
	EXPECT_EQ(0, source_check(&foreign));
	source_destroy(&own);
	source_destroy(&foreign);
}

TEST_HARNESS_MAIN
