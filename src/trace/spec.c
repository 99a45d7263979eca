/* SPDX-License-Identifier: Apache-2.0 */
/* trace/spec.c - see spec.h. */
#include "trace/spec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/bits.h"
#include "util/str.h"

#define KINDS "insn, insn+regs, exc, csr, irq, mmio, lvz or lvz-json"

static const struct {
	const char *name;
	enum trace_kind kind;
	bool has_regs;
} kinds[] = {
	{ "insn", TRACE_INSN, false },
	{ "insn+regs", TRACE_INSN, true },
	{ "exc", TRACE_EXC, false },
	{ "csr", TRACE_CSR, false },
	{ "irq", TRACE_IRQ, false },
	{ "mmio", TRACE_MMIO, false },
	{ "lvz", TRACE_LVZ, false },
	{ "lvz-json", TRACE_LVZ_JSON, false },
};

static bool is_json_name(const char *file)
{
	size_t len = strlen(file);

	return len > 5 && !strcmp(file + len - 5, ".json");
}

static int add_kind(struct trace_spec *s, const char *name, size_t len, const char *file,
		    struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		enum trace_kind kind = kinds[i].kind;

		if (strlen(kinds[i].name) != len || strncmp(kinds[i].name, name, len))
			continue;
		if (kind == TRACE_LVZ && is_json_name(file))
			kind = TRACE_LVZ_JSON;
		if (kind == TRACE_LVZ_JSON && !strcmp(file, "-"))
			return err_set(err, -EINVAL, "--trace lvz-json: want a file (lvz-json:FILE)");
		if (s->files[kind])
			return err_set(err, -EINVAL, "--trace: '%.*s' is given twice", (int)len,
				       name);
		s->files[kind] = file;
		s->has_regs = s->has_regs || kinds[i].has_regs;
		return 0;
	}
	return err_set(err, -EINVAL, "--trace: '%.*s' cannot be traced (want " KINDS ")",
		       (int)len, name);
}

int trace_spec_add(struct trace_spec *s, const char *arg, struct err *err)
{
	const char *colon = strchr(arg, ':'), *file = colon ? colon + 1 : "-";
	const char *end = colon ? colon : arg + strlen(arg);

	if (!*file)
		return err_set(err, -EINVAL, "--trace '%s': no file after the colon", arg);
	for (const char *p = arg; ; p++) {
		size_t len = strcspn(p, ",:");
		int ret = add_kind(s, p, len, file, err);

		if (ret)
			return ret;
		p += len;
		if (p == end)
			return 0;
	}
}

/* Hexadecimal with or without 0x, @len letters of @s, nothing else. */
static int parse_address(const char *s, size_t len, uint64_t *out)
{
	char text[20];
	const char *digits = len > 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X') ? s + 2 : s;
	size_t ndigits = len - (size_t)(digits - s);

	if (!ndigits || ndigits > 16 || strspn(digits, "0123456789abcdefABCDEF") < ndigits)
		return -EINVAL;
	memcpy(text, digits, ndigits);
	text[ndigits] = '\0';
	*out = strtoull(text, NULL, 16);
	return 0;
}

int trace_spec_add_pc(struct trace_spec *s, const char *arg, struct err *err)
{
	size_t len = strcspn(arg, "-");
	const char *second = arg[len] ? arg + len + 1 : arg;
	struct trace_range r;

	if (parse_address(arg, len, &r.first) || parse_address(second, strlen(second), &r.last))
		return err_set(err, -EINVAL,
			       "--trace-pc: '%s' is no range of addresses (want FIRST-LAST in hexadecimal)",
			       arg);
	if (r.first > r.last)
		return err_set(err, -EINVAL, "--trace-pc: '%s' ends before it begins", arg);
	if (s->nranges == TRACE_MAX_RANGES)
		return err_set(err, -EINVAL, "--trace-pc: more than %u ranges", TRACE_MAX_RANGES);
	s->ranges[s->nranges++] = r;
	return 0;
}

/* The number at *@p, which moves past it; -EINVAL: none, or too large. */
static int parse_vcpu(const char **p, unsigned int *out)
{
	size_t len = strspn(*p, "0123456789");
	unsigned long v = strtoul(*p, NULL, 10);

	if (!len || len > 4 || v >= TRACE_MAX_VCPUS)
		return -EINVAL;
	*p += len;
	*out = (unsigned int)v;
	return 0;
}

int trace_spec_set_vcpus(struct trace_spec *s, const char *arg, struct err *err)
{
	const char *p = arg;
	uint64_t mask = 0;

	if (s->vcpus)
		return err_set(err, -EINVAL, "--trace-vcpu is given twice");
	for (;; p++) {
		unsigned int first, last;

		if (parse_vcpu(&p, &first))
			break;
		last = first;
		if (*p == '-') {
			p++;
			if (parse_vcpu(&p, &last) || last < first)
				break;
		}
		mask |= mask64(last + 1) & ~mask64(first);
		if (*p == ',')
			continue;
		if (*p)
			break;
		s->vcpus = mask;
		return 0;
	}
	return err_set(err, -EINVAL,
		       "--trace-vcpu: '%s' is no list of vCPUs (want numbers of 0 to %u such as 0,2-3)",
		       arg, TRACE_MAX_VCPUS - 1);
}

int trace_spec_set_limit(struct trace_spec *s, const char *arg, struct err *err)
{
	uint64_t limit;

	if (s->limit)
		return err_set(err, -EINVAL, "--trace-limit is given twice");
	if (str_to_u64(arg, &limit) || !limit)
		return err_set(err, -EINVAL,
			       "--trace-limit: '%s' is no number of lines (want 1 or more)", arg);
	s->limit = limit;
	return 0;
}

int trace_spec_set_lint(struct trace_spec *s, const char *arg, struct err *err)
{
	if (s->lint)
		return err_set(err, -EINVAL, "--lvz-lint is given twice");
	if (arg && !*arg)
		return err_set(err, -EINVAL, "--lvz-lint: no file after '='");
	s->lint = arg ? arg : "-";
	return 0;
}

bool trace_spec_is_on(const struct trace_spec *s)
{
	for (unsigned int i = 0; i < TRACE_NKINDS; i++) {
		if (s->files[i])
			return true;
	}
	return s->lint;
}

bool trace_spec_wants_lvz(const struct trace_spec *s)
{
	return s->files[TRACE_LVZ] || s->files[TRACE_LVZ_JSON];
}

bool trace_spec_has_filter(const struct trace_spec *s)
{
	return s->nranges || s->vcpus || s->limit;
}
