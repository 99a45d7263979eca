/* SPDX-License-Identifier: Apache-2.0 */
/* probe.c - see probe.h. */
#include "probe.h"

#include <errno.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

struct probe_host {
	struct utsname uts;
	long ncpus;
};

static void probe_host_init(struct probe_host *host)
{
	if (uname(&host->uts))
		strcpy(host->uts.machine, "unknown");
	host->ncpus = sysconf(_SC_NPROCESSORS_ONLN);
	if (host->ncpus < 1)
		host->ncpus = 1;
}

static const char *default_engine(const struct probe_engine *engines, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (engines[i].is_available)
			return engines[i].name;
	}
	return NULL;
}

/* "; la464, max"; *@sep is what goes before, and becomes "; ". */
static void print_list(FILE *out, const char *const *list, const char **sep)
{
	for (; list && *list; list++) {
		fprintf(out, "%s%s", *sep, *list);
		*sep = ", ";
	}
	*sep = "; ";
}

static void print_text(const struct probe_engine *engines, size_t n,
		       const struct probe_host *host, FILE *out)
{
	const char *def = default_engine(engines, n);

	fprintf(out, "%-9s %s, %ld CPU%s\n", "host", host->uts.machine, host->ncpus,
		host->ncpus == 1 ? "" : "s");
	for (size_t i = 0; i < n; i++) {
		const struct probe_engine *e = &engines[i];
		const char *const how[] = { e->how, NULL };
		const char *sep = ": ";

		fprintf(out, "%-9s %s", e->name, e->is_available ? "yes" : "no");
		if (e->is_available) {
			if (e->how)
				print_list(out, how, &sep);
			if (e->models)
				print_list(out, e->models, &sep);
			if (e->features)
				print_list(out, e->features, &sep);
		} else if (e->reason) {
			fprintf(out, ": %s", e->reason);
		}
		fputc('\n', out);
	}
	fprintf(out, "%-9s %s\n", "default", def ? def : "none");
}

/* @s as a JSON string; NULL becomes null. */
static void json_string(FILE *out, const char *s)
{
	if (!s) {
		fputs("null", out);
		return;
	}
	fputc('"', out);
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < 0x20)
			fprintf(out, "\\u%04x", c);
		else
			fputc(c, out);
	}
	fputc('"', out);
}

static void json_list(FILE *out, const char *const *list)
{
	fputc('[', out);
	for (const char *const *s = list; s && *s; s++) {
		if (s != list)
			fputs(", ", out);
		json_string(out, *s);
	}
	fputc(']', out);
}

/* One fixed object, so plain printing does; absent texts are null, absent lists empty. */
static void print_json(const struct probe_engine *engines, size_t n,
		       const struct probe_host *host, FILE *out)
{
	fputs("{\n  \"host\": {\"machine\": ", out);
	json_string(out, host->uts.machine);
	fprintf(out, ", \"cpus\": %ld},\n  \"engines\": [", host->ncpus);
	for (size_t i = 0; i < n; i++) {
		const struct probe_engine *e = &engines[i];

		fprintf(out, "%s\n    {\"name\": ", i ? "," : "");
		json_string(out, e->name);
		fprintf(out, ", \"available\": %s, \"reason\": ",
			e->is_available ? "true" : "false");
		json_string(out, e->is_available ? NULL : e->reason);
		fputs(",\n     \"how\": ", out);
		json_string(out, e->how);
		fputs(", \"models\": ", out);
		json_list(out, e->models);
		fputs(", \"features\": ", out);
		json_list(out, e->features);
		fputc('}', out);
	}
	fputs("\n  ],\n  \"default\": ", out);
	json_string(out, default_engine(engines, n));
	fputs("\n}\n", out);
}

int probe_print(const struct probe_engine *engines, size_t n, bool is_json, FILE *out,
		struct err *err)
{
	struct probe_host host;

	probe_host_init(&host);
	if (is_json)
		print_json(engines, n, &host, out);
	else
		print_text(engines, n, &host, out);
	if (fflush(out) || ferror(out))
		return err_set(err, -EIO, "the answer cannot be written: %s", strerror(errno));
	return 0;
}
