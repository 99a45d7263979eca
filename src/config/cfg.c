/* SPDX-License-Identifier: Apache-2.0 */
/* config/cfg.c - loading a configuration: defaults, file, overrides, overall checks. */
#include "config/cfg.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config/cfg_priv.h"
#include "util/bits.h"
#include "util/str.h"

#define CFG_FILE_MAX_BYTES ((size_t)1 << 20)
#define CFG_DEFAULT_MEMORY_BYTES (UINT64_C(512) << 20)

static void chardev_fini(struct cfg_chardev *c)
{
	free(c->spec);
}

void cfg_disk_fini(struct cfg_disk *disk)
{
	free(disk->section);
	free(disk->path);
	free(disk->serial);
}

void cfg_free(struct vm_config *cfg)
{
	if (!cfg)
		return;
	for (unsigned int i = 0; i < cfg->ndisks; i++)
		cfg_disk_fini(&cfg->disks[i]);
	for (size_t i = 0; i < cfg->nmarks; i++)
		free(cfg->marks[i].set);
	free(cfg->marks);
	chardev_fini(&cfg->console.chardev);
	chardev_fini(&cfg->serial.chardev);
	free(cfg->boot.kernel);
	free(cfg->boot.initrd);
	free(cfg->boot.cmdline);
	free(cfg->boot.dtb);
	free(cfg->vm.name);
	free(cfg->file);
	free(cfg);
}

bool cfg_cpu_has(const struct cfg_cpu *cpu, enum cfg_cpu_feature feature)
{
	const enum cfg_switch switches[] = {
		[CFG_CPU_LSX] = cpu->lsx,
		[CFG_CPU_LASX] = cpu->lasx,
		[CFG_CPU_PTW] = cpu->ptw,
		[CFG_CPU_V11] = cpu->v11,
		[CFG_CPU_PMU] = cpu->pmu,
		[CFG_CPU_LVZ] = cpu->lvz,
	};

	if (feature == CFG_CPU_LASX && !cfg_cpu_has(cpu, CFG_CPU_LSX))
		return false;
	if (switches[feature] != CFG_SWITCH_MODEL)
		return switches[feature] == CFG_SWITCH_ON;
	if (feature == CFG_CPU_PMU || feature == CFG_CPU_LVZ)
		return false;
	return cpu->model == CFG_CPU_MAX || feature == CFG_CPU_LSX || feature == CFG_CPU_LASX;
}

const char *cfg_backend_name(enum cfg_backend backend)
{
	static const char *const names[] = {
		[CFG_BACKEND_AUTO] = "auto",
		[CFG_BACKEND_LVZ] = "lvz",
		[CFG_BACKEND_KVM] = "kvm",
		[CFG_BACKEND_SOFT] = "soft",
	};

	return names[backend];
}

/* "vms/web 1.ini" -> "web-1"; NULL: out of memory. */
static char *name_from_file(const char *file)
{
	const char *slash = strrchr(file, '/');
	char *name = strdup(slash ? slash + 1 : file);
	char *dot;

	if (!name)
		return NULL;
	dot = strrchr(name, '.');
	if (dot && dot != name)
		*dot = '\0';
	if (strlen(name) > 63)
		name[63] = '\0';
	for (char *p = name; *p; p++) {
		if (!isalnum((unsigned char)*p) && !strchr("._-", *p))
			*p = '-';
	}
	return name;
}

int cfg_set_defaults(struct vm_config *cfg, const char *file)
{
	cfg->vm.memory_bytes = CFG_DEFAULT_MEMORY_BYTES;
	cfg->vm.vcpus = 1;
	cfg->file = strdup(file);
	cfg->vm.name = name_from_file(file);
	cfg->boot.cmdline = strdup("");
	cfg->console.chardev.spec = strdup("stdio");
	cfg->serial.chardev.spec = strdup("stdio");
	if (!cfg->file || !cfg->vm.name || !cfg->boot.cmdline || !cfg->console.chardev.spec ||
	    !cfg->serial.chardev.spec)
		return -ENOMEM;
	return 0;
}

struct cfg_disk *cfg_disk_add(struct vm_config *cfg, const char *section, int *error)
{
	struct cfg_disk *disk = &cfg->disks[cfg->ndisks];

	if (cfg->ndisks == ARRAY_SIZE(cfg->disks))
		return NULL;
	disk->section = strdup(section);
	disk->name = disk->section ? strchr(disk->section, ' ') + 1 : NULL;
	disk->serial = disk->name ? strndup(disk->name, CFG_DISK_SERIAL_BYTES) : NULL;
	disk->has_discard = true;
	if (!disk->serial) {
		cfg_disk_fini(disk);
		*disk = (struct cfg_disk){ 0 };
		*error = -ENOMEM;
		return NULL;
	}
	cfg->ndisks++;
	return disk;
}

/* Applies one "section.key=value". */
static void apply_override(struct cfg_parser *p, const char *text)
{
	const char *eq = strchr(text, '=');
	char *left = strndup(text, eq ? (size_t)(eq - text) : strlen(text));
	char *set = str_fmt("--set %s", text);
	char *dot = left ? strrchr(left, '.') : NULL;

	if (!left || !set) {
		p->error = -ENOMEM;
		goto out;
	}
	p->set = set;
	if (!eq || !dot) {
		cfg_bad(p, "want SECTION.KEY=VALUE");
		goto out;
	}
	for (const char *s = text; *s; s++) {
		if (iscntrl((unsigned char)*s)) {
			cfg_bad(p, "there is a control character in it");
			goto out;
		}
	}
	*dot = '\0';
	cfg_section_enter(p, str_trim(left));
	if (!p->error)
		cfg_section_set(p, str_trim(dot + 1), eq + 1);
out:
	p->set = NULL;
	free(set);
	free(left);
}

/* All of @path as a new string in *@out; a mistake is reported with its reason. */
static int read_file(const char *path, struct cfg_report *report, char **out, size_t *len)
{
	struct cfg_loc loc = { .where = path };
	char *text = malloc(CFG_FILE_MAX_BYTES + 1);
	FILE *fp;
	int ret = 0;

	*out = NULL;
	if (!text)
		return -ENOMEM;
	fp = fopen(path, "re");
	if (!fp) {
		free(text);
		return cfg_report_add(report, &loc, "cannot be opened: %s", strerror(errno));
	}
	*len = fread(text, 1, CFG_FILE_MAX_BYTES + 1, fp);
	if (ferror(fp))
		ret = cfg_report_add(report, &loc, "cannot be read: %s", strerror(errno));
	else if (*len > CFG_FILE_MAX_BYTES || memchr(text, '\0', *len))
		ret = cfg_report_add(report, &loc, "this is not a configuration file");
	fclose(fp);
	if (ret)
		free(text);
	else
		*out = text;
	return ret;
}

int cfg_load(const char *path, const char *const *overrides, size_t noverrides,
	     struct cfg_report *report, struct vm_config **out)
{
	struct cfg_parser p = { .report = report };
	unsigned int before = report->nmistakes;
	char *text = NULL, *dir = NULL;
	size_t len = 0;
	int ret;

	*out = NULL;
	ret = read_file(path, report, &text, &len);
	if (ret)
		return ret;
	dir = str_path_dir(path);
	p.cfg = calloc(1, sizeof(*p.cfg));
	ret = dir && p.cfg ? cfg_set_defaults(p.cfg, path) : -ENOMEM;
	if (ret)
		goto out_free;
	p.dir = dir;
	ret = cfg_parse_text(&p, text, len);
	p.dir = "";
	p.line = 0;
	p.is_continued = false;
	for (size_t i = 0; i < noverrides && !p.error; i++) {
		p.section = (struct cfg_section){ 0 };
		apply_override(&p, overrides[i]);
	}
	if (ret || p.error) {
		ret = -ENOMEM;
		goto out_free;
	}
	cfg_check_whole(p.cfg, report);
	*out = p.cfg;
	p.cfg = NULL;
	ret = report->nmistakes == before ? 0 : -EINVAL;
out_free:
	cfg_free(p.cfg);
	free(dir);
	free(text);
	return ret;
}
