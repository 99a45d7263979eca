/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config/cfg_value.c - turning the text of one value into data.
 *
 * Each function is the .parse of some keys (cfg_priv.h has the contract): a mistake names
 * the text that was found and what is wanted instead.
 */
#include "config/cfg_priv.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "util/bits.h"
#include "util/str.h"

/* Adds one mistake about the value @v. */
#define bad(v, ...) cfg_report_add((v)->report, &(v)->loc, __VA_ARGS__)

struct word {
	const char *text;
	int value;
};

/* Looks @text up in @words; @want lists them for the message. */
static int parse_word(const struct cfg_value *v, const char *text, const struct word *words,
		      size_t n, const char *want, int *out)
{
	for (size_t i = 0; i < n; i++) {
		if (!strcmp(words[i].text, text)) {
			*out = words[i].value;
			return 0;
		}
	}
	return bad(v, "'%s' is not known (want %s)", text, want);
}

static int keep_string(char **dst, char *s)
{
	if (!s)
		return -ENOMEM;
	free(*dst);
	*dst = s;
	return 0;
}

bool cfg_is_name(const char *s, size_t max)
{
	size_t n = strlen(s);

	if (!n || n > max)
		return false;
	for (; *s; s++) {
		if (!isalnum((unsigned char)*s) && !strchr("._-", *s))
			return false;
	}
	return true;
}

int cfg_parse_name(const struct cfg_value *v, const char *text, void *dst)
{
	if (!cfg_is_name(text, 63))
		return bad(v, "'%s' is not a name (want 1 to 63 letters, digits, '.', '_' or '-')",
			   text);
	return keep_string(dst, strdup(text));
}

int cfg_parse_backend(const struct cfg_value *v, const char *text, void *dst)
{
	static const struct word words[] = {
		{ "auto", CFG_BACKEND_AUTO },
		{ "lvz", CFG_BACKEND_LVZ },
		{ "kvm", CFG_BACKEND_KVM },
		{ "soft", CFG_BACKEND_SOFT },
	};
	int value = 0;
	int ret = parse_word(v, text, words, ARRAY_SIZE(words), "auto, lvz, kvm or soft", &value);

	if (!ret)
		*(enum cfg_backend *)dst = (enum cfg_backend)value;
	return ret;
}

int cfg_parse_memory(const struct cfg_value *v, const char *text, void *dst)
{
	char min[STR_SIZE_BYTES], max[STR_SIZE_BYTES];
	uint64_t bytes;
	int ret = str_to_size(text, &bytes);

	if (ret == -EINVAL)
		return bad(v, "'%s' is not a size (want e.g. 512M)", text);
	if (ret || bytes < CFG_MIN_MEMORY_BYTES || bytes > CFG_MAX_MEMORY_BYTES)
		return bad(v, "'%s' is out of range (want %s to %s)", text,
			   str_from_size(CFG_MIN_MEMORY_BYTES, min),
			   str_from_size(CFG_MAX_MEMORY_BYTES, max));
	if (bytes % CFG_MEMORY_STEP_BYTES)
		return bad(v, "'%s' is not a multiple of %s", text,
			   str_from_size(CFG_MEMORY_STEP_BYTES, min));
	*(uint64_t *)dst = bytes;
	return 0;
}

int cfg_parse_vcpus(const struct cfg_value *v, const char *text, void *dst)
{
	uint64_t n;
	int ret = str_to_u64(text, &n);

	if (ret == -EINVAL)
		return bad(v, "'%s' is not a number (want 1 to %d)", text, CFG_MAX_VCPUS);
	if (ret || n < 1 || n > CFG_MAX_VCPUS)
		return bad(v, "'%s' is out of range (want 1 to %d)", text, CFG_MAX_VCPUS);
	*(unsigned int *)dst = (unsigned int)n;
	return 0;
}

int cfg_parse_model(const struct cfg_value *v, const char *text, void *dst)
{
	static const struct word words[] = {
		{ "max", CFG_CPU_MAX },
		{ "la464", CFG_CPU_LA464 },
	};
	int value = 0;
	int ret = parse_word(v, text, words, ARRAY_SIZE(words), "max or la464", &value);

	if (!ret)
		*(enum cfg_cpu_model *)dst = (enum cfg_cpu_model)value;
	return ret;
}

int cfg_parse_irqchip(const struct cfg_value *v, const char *text, void *dst)
{
	static const struct word words[] = {
		{ "user", CFG_IRQCHIP_USER },
		{ "kernel", CFG_IRQCHIP_KERNEL },
	};
	int value = 0;
	int ret = parse_word(v, text, words, ARRAY_SIZE(words), "user or kernel", &value);

	if (!ret)
		*(enum cfg_irqchip *)dst = (enum cfg_irqchip)value;
	return ret;
}

static int parse_on_off(const struct cfg_value *v, const char *text, int *is_on)
{
	static const struct word words[] = {
		{ "on", 1 }, { "yes", 1 }, { "true", 1 }, { "1", 1 },
		{ "off", 0 }, { "no", 0 }, { "false", 0 }, { "0", 0 },
	};

	return parse_word(v, text, words, ARRAY_SIZE(words), "on or off", is_on);
}

int cfg_parse_switch(const struct cfg_value *v, const char *text, void *dst)
{
	int is_on = 0;
	int ret = parse_on_off(v, text, &is_on);

	if (!ret)
		*(enum cfg_switch *)dst = is_on ? CFG_SWITCH_ON : CFG_SWITCH_OFF;
	return ret;
}

int cfg_parse_bool(const struct cfg_value *v, const char *text, void *dst)
{
	int is_on = 0;
	int ret = parse_on_off(v, text, &is_on);

	if (!ret)
		*(bool *)dst = is_on;
	return ret;
}

int cfg_parse_path(const struct cfg_value *v, const char *text, void *dst)
{
	return keep_string(dst, str_path_join(v->dir, text));
}

/* Puts @text behind what @dst holds already. */
static int add_cmdline(const struct cfg_value *v, const char *text, char **dst)
{
	const char *old = v->is_repeat ? *dst : "";
	size_t len = strlen(old) + strlen(text) + 1;

	if (len > CFG_CMDLINE_BYTES)
		return bad(v, "the command line has %zu bytes (want at most %d)", len,
			   CFG_CMDLINE_BYTES);
	return keep_string(dst, str_fmt("%s%s%s", old, *old && *text ? " " : "", text));
}

int cfg_parse_cmdline(const struct cfg_value *v, const char *text, void *dst)
{
	return add_cmdline(v, text, dst);
}

/* Joins the lines of @fp that are neither empty nor a comment. */
static int join_lines(const struct cfg_value *v, const char *path, FILE *fp, char **dst)
{
	struct cfg_value rest = *v;
	char *line = NULL;
	size_t room = 0;
	int ret = 0;

	if (!v->is_repeat)
		ret = keep_string(dst, strdup(""));
	rest.is_repeat = true;
	while (!ret) {
		ssize_t len = getline(&line, &room, fp);
		const char *text;

		if (len < 0)
			break;
		if (memchr(line, '\0', (size_t)len)) {
			ret = bad(v, "'%s' is not a text file", path);
			break;
		}
		text = str_trim(line);
		if (*text && *text != '#')
			ret = add_cmdline(&rest, text, dst);
	}
	if (!ret && ferror(fp))
		ret = bad(v, "'%s' cannot be read", path);
	free(line);
	return ret;
}

int cfg_parse_cmdline_file(const struct cfg_value *v, const char *text, void *dst)
{
	char *path = str_path_join(v->dir, text);
	struct stat st;
	FILE *fp;
	int ret;

	if (!path)
		return -ENOMEM;
	if (stat(path, &st)) {
		ret = bad(v, "'%s': %s", path, strerror(errno));
	} else if (!S_ISREG(st.st_mode)) {
		/* opening a FIFO would wait for its other end */
		ret = bad(v, "'%s' is not a regular file", path);
	} else {
		fp = fopen(path, "re");
		if (fp) {
			ret = join_lines(v, path, fp, dst);
			fclose(fp);
		} else {
			ret = bad(v, "'%s': %s", path, strerror(errno));
		}
	}
	free(path);
	return ret;
}

/* Guest-physical address of code. */
static int parse_address(const struct cfg_value *v, const char *text, uint64_t *out)
{
	uint64_t addr;
	int ret = str_to_u64(text, &addr);

	if (ret)
		return bad(v, "'%s' is not an address (want e.g. 0x200000)", text);
	if (addr % 4)
		return bad(v, "'%s' is not a multiple of 4", text);
	*out = addr;
	return 0;
}

int cfg_parse_load(const struct cfg_value *v, const char *text, void *dst)
{
	struct cfg_boot *boot = dst;
	int ret = parse_address(v, text, &boot->load);

	if (!ret)
		boot->has_load = true;
	return ret;
}

int cfg_parse_entry(const struct cfg_value *v, const char *text, void *dst)
{
	struct cfg_boot *boot = dst;
	int ret = parse_address(v, text, &boot->entry);

	if (!ret)
		boot->has_entry = true;
	return ret;
}

static const struct chardev_word {
	const char *word;
	enum cfg_chardev_kind kind;
	bool may_have_path;
	bool must_have_path;
} chardev_words[] = {
	{ "stdio", CFG_CHARDEV_STDIO, false, false },
	{ "none", CFG_CHARDEV_NONE, false, false },
	{ "pty", CFG_CHARDEV_PTY, true, false },
	{ "unix", CFG_CHARDEV_UNIX, true, true },
	{ "file", CFG_CHARDEV_FILE, true, true },
};

static const struct chardev_word *find_chardev(const char *text, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(chardev_words); i++) {
		const char *word = chardev_words[i].word;

		if (strlen(word) == len && !strncmp(word, text, len))
			return &chardev_words[i];
	}
	return NULL;
}

/* Fills @c; @path (may be NULL) is the part after the colon. */
static int keep_chardev(const struct cfg_value *v, const struct chardev_word *w,
			const char *path, struct cfg_chardev *c)
{
	size_t word_len = strlen(w->word);
	char *spec;

	if (path) {
		char *full = str_path_join(v->dir, path);

		spec = full ? str_fmt("%s:%s", w->word, full) : NULL;
		free(full);
	} else {
		spec = strdup(w->word);
	}
	if (!spec)
		return -ENOMEM;
	if (w->kind == CFG_CHARDEV_UNIX &&
	    strlen(spec) - word_len > sizeof(((struct sockaddr_un *)0)->sun_path)) {
		free(spec);
		return bad(v, "the path has more than %zu bytes, too many for a UNIX socket",
			   sizeof(((struct sockaddr_un *)0)->sun_path) - 1);
	}
	free(c->spec);
	*c = (struct cfg_chardev){ .kind = w->kind, .spec = spec };
	if (path)
		c->path = spec + word_len + 1;
	return 0;
}

int cfg_parse_chardev(const struct cfg_value *v, const char *text, void *dst)
{
	size_t len = strcspn(text, ":");
	const char *path = text[len] ? text + len + 1 : NULL;
	const struct chardev_word *w = find_chardev(text, len);

	if (!w || (path && !w->may_have_path))
		return bad(v, "'%s' is not known (want stdio, none, pty, unix:PATH or file:PATH)",
			   text);
	if (path ? !*path : w->must_have_path)
		return bad(v, "'%s' lacks a path (want %s:PATH)", text, w->word);
	return keep_chardev(v, w, path, dst);
}

int cfg_parse_serial_number(const struct cfg_value *v, const char *text, void *dst)
{
	if (strlen(text) > CFG_DISK_SERIAL_BYTES)
		return bad(v, "'%s' has %zu bytes (want at most %d)", text, strlen(text),
			   CFG_DISK_SERIAL_BYTES);
	for (const char *p = text; *p; p++) {
		if (!isgraph((unsigned char)*p) && *p != ' ')
			return bad(v, "'%s' has a character that is not plain ASCII", text);
	}
	return keep_string(dst, strdup(text));
}
