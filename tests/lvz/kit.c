/* SPDX-License-Identifier: Apache-2.0 */
/* kit.c - runs the cases; see kit.h. */
#include "kit.h"

#include "groups.h"
#include "hv.h"

static char reason[160];
static enum { IS_OK, HAS_FAILED, IS_SKIPPED } verdict;

void fail(const char *fmt, ...)
{
	va_list ap;

	if (verdict == HAS_FAILED)
		return;
	verdict = HAS_FAILED;
	va_start(ap, fmt);
	vfmt_into(reason, sizeof(reason), fmt, ap);
	va_end(ap);
}

void skip(const char *why)
{
	if (verdict != IS_OK)
		return;
	verdict = IS_SKIPPED;
	fmt_into(reason, sizeof(reason), "%s", why);
}

bool has_failed(void)
{
	return verdict == HAS_FAILED;
}

void want(const char *what, u64 found, u64 wanted)
{
	if (found != wanted)
		fail("%s 0x%lx wanted, 0x%lx found", what, wanted, found);
}

void want_bits(const char *what, u64 found, u64 mask, u64 wanted)
{
	if ((found & mask) != wanted)
		fail("%s 0x%lx wanted in the bits 0x%lx, 0x%lx found", what, wanted, mask,
		     found & mask);
}

/* ------------------------------------------------------------------ command line */

/* kit.skip= and kit.only= take names of groups or cases, with commas. */
static char skipped[256], only[256];

static const char *take_list(const char *from, char *to, size_t n)
{
	size_t i = 0;

	while (*from && *from != ' ') {
		if (i + 1 < n)
			to[i++] = *from;
		from++;
	}
	to[i] = 0;
	return from;
}

static void read_cmdline(const char *s)
{
	while (*s) {
		if (same_text(s, "kit.skip=", 9))
			s = take_list(s + 9, skipped, sizeof(skipped));
		else if (same_text(s, "kit.only=", 9))
			s = take_list(s + 9, only, sizeof(only));
		else
			s++;
	}
}

/* @list names @group or its case @name. */
static bool is_in(const char *list, const char *group, const char *name)
{
	while (*list) {
		size_t n = 0, g = 0;

		while (list[n] && list[n] != ',')
			n++;
		while (group[g])
			g++;
		if (n >= g && same_text(list, group, g) &&
		    (n == g || (list[g] == '/' && same_text(list + g + 1, name, n - g - 1) &&
				!name[n - g - 1])))
			return true;
		list += n + (list[n] == ',');
	}
	return false;
}

/* ------------------------------------------------------------------ running */

static unsigned int number, counts[3];

static void guarded(const struct kit_group *g, unsigned int i)
{
	if (trouble_set()) {
		fail("the kit itself got an exception: ESTAT 0x%lx, ERA 0x%lx, BADV 0x%lx",
		     csr_read(CSR_ESTAT), csr_read(CSR_ERA), csr_read(CSR_BADV));
		return;
	}
	hv_reset();
	if (g->cases)
		g->cases[i].run(g->cases[i].arg);
	else
		g->run(i);
}

static void run_one(const struct kit_group *g, unsigned int i)
{
	char buf[48];
	const char *name = buf;

	number++;
	if (g->cases)
		name = g->cases[i].name;
	else
		g->label(i, buf, sizeof(buf));
	if (is_in(skipped, g->name, name) || (only[0] && !is_in(only, g->name, name)))
		return;
	verdict = IS_OK;
	guarded(g, i);
	counts[verdict]++;
	switch (verdict) {
	case IS_OK:
		print("ok %03u %s/%s\n", number, g->name, name);
		break;
	case HAS_FAILED:
		print("FAIL %03u %s/%s: %s\n", number, g->name, name, reason);
		break;
	case IS_SKIPPED:
		print("skip %03u %s/%s: %s\n", number, g->name, name, reason);
		break;
	}
}

static void run_all(void)
{
	hv_init();
	for (unsigned int k = 0; k < kit_ngroups; k++) {
		for (unsigned int i = 0; i < kit_groups[k]->n; i++)
			run_one(kit_groups[k], i);
	}
	print("lvz-kit: %u ok, %u failed, %u skipped\n", counts[IS_OK], counts[HAS_FAILED],
	      counts[IS_SKIPPED]);
}

/* From start.S: what the loader gave. */
void kit_main(u64 is_efi, u64 cmdline, u64 systab);

void kit_main(u64 is_efi, u64 cmdline, u64 systab)
{
	const u64 window = UINT64_C(0x9000000000000000), phys = UINT64_C(0xffffffffffff);

	/* Other loaders may leave anything in these registers. */
	if (is_efi <= 1) {
		console_init(systab);
		if (cmdline)
			read_cmdline((const char *)((cmdline & phys) | window));
	}
	read_cmdline(KIT_CMDLINE);
	print("lvz-kit: conformance of LoongArch virtualization (LVZ)\n");
	if (cpucfg(2) & BIT(10))
		run_all();
	else
		print("lvz-kit: this CPU has no LVZ (CPUCFG.2 bit 10 is 0)\n");
	machine_off();
	/* The machine may take its time. */
	for (u64 start = counter(), now = start; now - start < UINT64_C(1) << 28;)
		now = counter();
	print("lvz-kit: the power can be switched off now\n");
}
