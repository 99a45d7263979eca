/* SPDX-License-Identifier: Apache-2.0 */
/* config/cfg_check.c - checks across values, and of the files they name. */
#include "config/cfg_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/bits.h"
#include "util/str.h"

/* ---- values ---- */

/* Adds a mistake about @section and @key. */
#define bad(cfg, report, section, key, ...) do { \
		struct cfg_loc bad_loc = cfg_loc(cfg, section, key); \
		cfg_report_add(report, &bad_loc, __VA_ARGS__); \
	} while (0)

static void check_disks(const struct vm_config *cfg, struct cfg_report *report)
{
	for (unsigned int i = 0; i < cfg->ndisks; i++) {
		const struct cfg_disk *d = &cfg->disks[i];

		if (!cfg_mark_find(cfg, d->section, "path"))
			bad(cfg, report, d->section, "path", "missing (want an image file)");
	}
	if (cfg->console.is_present && cfg->ndisks == CFG_VIRTIO_SLOTS)
		bad(cfg, report, cfg->disks[CFG_VIRTIO_SLOTS - 1].section, NULL,
		    "is one disk too many (want at most %d beside [console])",
		    CFG_VIRTIO_SLOTS - 1);
}

static void check_chardevs(const struct vm_config *cfg, struct cfg_report *report)
{
	const struct cfg_chardev *con = &cfg->console.chardev, *ser = &cfg->serial.chardev;

	if (cfg->console.is_present && con->path && ser->path && !strcmp(con->path, ser->path))
		bad(cfg, report, "console", "chardev", "'%s' serves [serial] already", con->path);
}

void cfg_check_whole(const struct vm_config *cfg, struct cfg_report *report)
{
	if (!cfg_mark_find(cfg, "boot", "kernel"))
		bad(cfg, report, "boot", "kernel", "missing (want a LoongArch kernel image)");
	if (cfg->cpu.lasx == CFG_SWITCH_ON && cfg->cpu.lsx == CFG_SWITCH_OFF)
		bad(cfg, report, "cpu", "lasx", "'on' needs lsx, which is off");
	check_disks(cfg, report);
	check_chardevs(cfg, report);
}

/* ---- files ---- */

/* What a value needs of the file it names. */
struct file_need {
	const char *section;
	const char *key;
	const char *path;		/* NULL: nothing to check */
	bool is_written;
	bool may_be_device;		/* a block device will do */
	const char *want;
};

static const char *kind_of(mode_t mode)
{
	if (S_ISDIR(mode))
		return "a directory";
	if (S_ISREG(mode))
		return "a file";
	if (S_ISLNK(mode))
		return "a link";
	if (S_ISBLK(mode))
		return "a block device";
	if (S_ISCHR(mode))
		return "a character device";
	return S_ISFIFO(mode) ? "a pipe" : "a socket";
}

/* True, with *@st filled in, when the file will do. */
static bool check_file(const struct vm_config *cfg, struct cfg_report *report,
		       const struct file_need *f, struct stat *st)
{
	if (!f->path)
		return false;
	if (stat(f->path, st)) {
		if (errno == ENOENT)
			bad(cfg, report, f->section, f->key, "'%s' does not exist (want %s)", f->path,
			    f->want);
		else
			bad(cfg, report, f->section, f->key, "'%s': %s (want %s)", f->path,
			    strerror(errno), f->want);
		return false;
	}
	if (!S_ISREG(st->st_mode) && !(S_ISBLK(st->st_mode) && f->may_be_device)) {
		bad(cfg, report, f->section, f->key, "'%s' is %s (want %s)", f->path,
		    kind_of(st->st_mode), f->want);
		return false;
	}
	if (S_ISREG(st->st_mode) && !st->st_size) {
		bad(cfg, report, f->section, f->key, "'%s' is empty (want %s)", f->path, f->want);
		return false;
	}
	if (faccessat(AT_FDCWD, f->path, R_OK, AT_EACCESS)) {
		bad(cfg, report, f->section, f->key, "'%s' cannot be read: %s", f->path,
		    strerror(errno));
		return false;
	}
	if (f->is_written && faccessat(AT_FDCWD, f->path, W_OK, AT_EACCESS)) {
		bad(cfg, report, f->section, f->key,
		    "'%s' cannot be written: %s (or want readonly = on)", f->path,
		    strerror(errno));
		return false;
	}
	return true;
}

static bool is_same_image(const struct stat *a, const struct stat *b)
{
	if (S_ISBLK(a->st_mode) && S_ISBLK(b->st_mode))
		return a->st_rdev == b->st_rdev;
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Two disks may share an image only when neither writes to it. */
static void check_images(const struct vm_config *cfg, struct cfg_report *report)
{
	struct stat st[CFG_MAX_DISKS];
	bool is_good[CFG_MAX_DISKS];

	for (unsigned int i = 0; i < cfg->ndisks; i++) {
		const struct cfg_disk *d = &cfg->disks[i];
		const struct file_need need = { d->section, "path", d->path, !d->is_readonly, true,
						"a raw disk image" };

		is_good[i] = check_file(cfg, report, &need, &st[i]);
		for (unsigned int j = 0; is_good[i] && j < i; j++) {
			const struct cfg_disk *other = &cfg->disks[j];

			if (!is_good[j] || !is_same_image(&st[i], &st[j]) ||
			    (d->is_readonly && other->is_readonly))
				continue;
			bad(cfg, report, d->section, "path",
			    "'%s' is the image of [%s] (want another, or readonly = on for both)",
			    d->path, other->section);
			break;
		}
	}
}

/* True when a new file can be made at @path. */
static bool check_folder(const struct vm_config *cfg, struct cfg_report *report,
			 const char *section, const char *path)
{
	char *dir = str_path_dir(path);
	struct stat st;
	bool is_good = false;

	if (!dir)
		return true;		/* out of memory: whoever makes the file will tell */
	if (stat(dir[0] ? dir : ".", &st))
		bad(cfg, report, section, "chardev", "'%s': its folder: %s (want one that exists)",
		    path, strerror(errno));
	else if (!S_ISDIR(st.st_mode))
		bad(cfg, report, section, "chardev", "'%s': its folder is %s (want a directory)",
		    path, kind_of(st.st_mode));
	else if (faccessat(AT_FDCWD, dir[0] ? dir : ".", W_OK | X_OK, AT_EACCESS))
		bad(cfg, report, section, "chardev", "'%s': cannot write to its folder: %s", path,
		    strerror(errno));
	else
		is_good = true;
	free(dir);
	return is_good;
}

/* What stands where the host side of a console will put its socket, link or file. */
static void check_chardev(const struct vm_config *cfg, struct cfg_report *report,
			  const char *section, const struct cfg_chardev *c)
{
	bool is_file = c->kind == CFG_CHARDEV_FILE;
	struct stat st;

	if (!c->path)
		return;
	if (is_file ? stat(c->path, &st) : lstat(c->path, &st)) {
		check_folder(cfg, report, section, c->path);
		return;
	}
	if (c->kind == CFG_CHARDEV_UNIX && !S_ISSOCK(st.st_mode))
		bad(cfg, report, section, "chardev",
		    "'%s' is %s (want a new name, or a socket that is in no use)", c->path,
		    kind_of(st.st_mode));
	else if (c->kind == CFG_CHARDEV_PTY && !S_ISLNK(st.st_mode))
		bad(cfg, report, section, "chardev", "'%s' is %s (want a new name, or a link)",
		    c->path, kind_of(st.st_mode));
	else if (is_file && (S_ISDIR(st.st_mode) || S_ISSOCK(st.st_mode)))
		bad(cfg, report, section, "chardev", "'%s' is %s (want a file)", c->path,
		    kind_of(st.st_mode));
	else if (is_file && faccessat(AT_FDCWD, c->path, W_OK, AT_EACCESS))
		bad(cfg, report, section, "chardev", "'%s' cannot be written: %s", c->path,
		    strerror(errno));
}

int cfg_check_files(const struct vm_config *cfg, struct cfg_report *report)
{
	const struct file_need needs[] = {
		{ "boot", "kernel", cfg->boot.kernel, false, false,
		  "a LoongArch kernel image" },
		{ "boot", "initrd", cfg->boot.initrd, false, false, "an initrd" },
		{ "boot", "dtb", cfg->boot.dtb, false, false, "a device tree blob" },
	};
	unsigned int before = report->nmistakes;
	struct stat st;

	for (size_t i = 0; i < ARRAY_SIZE(needs); i++)
		check_file(cfg, report, &needs[i], &st);
	check_images(cfg, report);
	check_chardev(cfg, report, "serial", &cfg->serial.chardev);
	if (cfg->console.is_present)
		check_chardev(cfg, report, "console", &cfg->console.chardev);
	return report->nmistakes == before ? 0 : -EINVAL;
}
