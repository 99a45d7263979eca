/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trace/lvz_json.c - stays in guest mode and in the root as slices of Chrome's trace format
 * (array form), which Perfetto and chrome://tracing open, also when its end is missing.
 */
#include <inttypes.h>

#include "trace/lvz.h"

#define add trace_text_add
#define PID 1u

static void add_string(struct trace_text *t, const char *s)
{
	add(t, "\"");
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\')
			add(t, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			add(t, "\\u%04x", c);
		else
			add(t, "%c", c);
	}
	add(t, "\"");
}

static void add_us(struct trace_text *t, const char *name, uint64_t ns)
{
	add(t, ",\"%s\":%" PRIu64 ".%03u", name, ns / 1000, (unsigned int)(ns % 1000));
}

void lvz_json_head(struct trace_text *t, const char *vm_name, unsigned int nvcpus)
{
	add(t, "[\n{\"name\":\"process_name\",\"ph\":\"M\",\"pid\":%u,\"tid\":0,\"args\":{\"name\":", PID);
	add_string(t, vm_name ? vm_name : "lvz-vmm");
	add(t, "}},");
	for (unsigned int i = 0; i < nvcpus; i++)
		add(t, "\n{\"name\":\"thread_name\",\"ph\":\"M\",\"pid\":%u,\"tid\":%u,"
		       "\"args\":{\"name\":\"vCPU %u\"}},", PID, i, i);
}

static void add_slice(struct trace_text *t, const char *name, const char *category,
		      unsigned int vcpu, uint64_t begin_ns, uint64_t end_ns)
{
	add(t, "{\"name\":");
	add_string(t, name);
	add(t, ",\"cat\":\"%s\",\"ph\":\"X\",\"pid\":%u,\"tid\":%u", category, PID, vcpu);
	add_us(t, "ts", begin_ns);
	add_us(t, "dur", end_ns > begin_ns ? end_ns - begin_ns : 0);
	add(t, ",\"args\":{");
}

static void add_arg(struct trace_text *t, const char *name,
		    void (*words)(struct trace_text *t, const struct lvz_step *s),
		    const struct lvz_step *s)
{
	char buf[LVZ_TEXT_BYTES / 4];
	struct trace_text text = { buf, sizeof(buf), 0 };

	buf[0] = '\0';
	words(&text, s);
	if (!text.len)
		return;
	add(t, ",\"%s\":", name);
	add_string(t, buf);
}

static void title(struct trace_text *t, const struct lvz_step *s)
{
	lvz_cause_add_title(t, &s->cause);
}

static void the_guest(struct trace_text *t, const struct lvz_step *s)
{
	lvz_cause_add_guest(t, &s->cause);
}

bool lvz_json(struct trace_text *t, const struct lvz_step *s)
{
	char name[32];
	struct trace_text guest = { name, sizeof(name), 0 };

	if (!s->begin_ns)
		return false;
	add(&guest, "guest %u", s->gid);
	if (s->is_leave)
		add_slice(t, name, "guest", s->vcpu, s->begin_ns, s->at_ns);
	else
		add_slice(t, s->has_cause && !s->is_switch ? lvz_reason_name(s->cause.reason) : "root",
			  "root", s->vcpu, s->begin_ns, s->at_ns);
	add(t, "\"gid\":%u,\"%s\":%" PRIu64 ",\"pc\":\"%#" PRIx64 "\"", s->gid,
	    s->is_leave ? "exit" : "next entry", s->number, s->pc);
	if (s->is_leave) {
		add(t, ",\"reason\":\"%s\"", lvz_reason_name(s->cause.reason));
		add_arg(t, "title", title, s);
		add_arg(t, "the guest", the_guest, s);
	} else {
		add_arg(t, "why", lvz_text_why, s);
	}
	add_arg(t, "changed", lvz_text_changes, s);
	add(t, "}},");
	return true;
}

bool lvz_json_open(struct trace_text *t, const struct lvz_vcpu *v, unsigned int vcpu,
		   uint64_t now_ns)
{
	if (!v->is_inside)
		return false;
	add_slice(t, "guest, not ended", "guest", vcpu, v->border_ns, now_ns);
	add(t, "\"gid\":%u}},", v->gid);
	return true;
}

void lvz_json_tail(struct trace_text *t, uint64_t now_ns)
{
	add(t, "{\"name\":\"end of the trace\",\"ph\":\"i\",\"s\":\"g\",\"pid\":%u,\"tid\":0", PID);
	add_us(t, "ts", now_ns);
	add(t, "}\n]");
}
