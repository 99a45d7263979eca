/* SPDX-License-Identifier: Apache-2.0 */
/*
 * irq_storm.c - interrupts through the real controllers to 1 to 4 vCPUs, each counted.
 *
 * Every vCPU sends requests: IPIs by all 32 vectors with a mail, or messages to the
 * doorbell.  The receiver answers by an IPI; the sender sleeps in idle until then, so that
 * one lost interrupt is a hang and one too many a wrong count.  At the same time host
 * threads raise edges and levels on PCH-PIC pins, timers run, and routes and enables of the
 * EIOINTC change.
 *
 * A request uses vectors of the half "phase" (0..15 or 16..31), the answer the same vector
 * of the other half.  Vectors belong to senders: v % ncpus, so each has one meaning.
 */
#include "irq_guest.h"
#include "litmus_opts.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <time.h>

#include "devices/irqchip/pch_msi.h"
#include "devices/irqchip/pch_pic.h"
#include "soft/isa_csrs.h"
#include "util/bits.h"

#define EIO_IPMAP 0x14c0u
#define EIO_ENABLE 0x1600u
#define EIO_ROUTE 0x1c00u
#define FIRST_MSI PCH_MSI_FIRST_VECTOR
#define PERIOD_TICKS 20000u		/* 200 us */

static struct litmus_opts opts;

/* ------------------------------------------------------------------ a storm */

struct storm {
	unsigned int ncpus;
	uint64_t rounds;		/* requests per vCPU */
	unsigned int phase;		/* 0 or 16 */
	enum irq_kind kind;
	unsigned int events;		/* per toy */
	bool has_timers;
	bool has_router;		/* routes and enables change at any time */
};

struct host_thread {
	struct rig *rig;
	const struct storm *s;
	unsigned int toy;
	uint64_t seed;
	atomic_bool *is_over;
	pthread_t thread;
};

static uint64_t draw(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state >> 16;
}

static void set_route(struct rig *rig, unsigned int vec, unsigned int cpu)
{
	bus_write(rig->iocsr, EIO_ROUTE + vec, 1, BIT64(cpu), 0);
}

static void *edge_source(void *arg)
{
	struct host_thread *h = arg;

	for (unsigned int i = 0; i < h->s->events; i++) {
		uint64_t r = draw(&h->seed);

		if (r & 1)
			set_route(h->rig, RIG_PIN(h->toy), (unsigned int)(r >> 8) % h->s->ncpus);
		rig_event(h->rig, h->toy);
		rig_wait_taken(h->rig, h->toy);
	}
	rig_done(h->rig);
	return NULL;
}

static void *level_source(void *arg)
{
	struct host_thread *h = arg;

	for (unsigned int i = 0; i < h->s->events; i++) {
		rig_event(h->rig, h->toy);
		if (draw(&h->seed) % 3 == 0)
			rig_wait_taken(h->rig, h->toy);
	}
	rig_wait_taken(h->rig, h->toy);
	rig_done(h->rig);
	return NULL;
}

/*
 * Leaves vectors disabled for a moment only, and those of edges alone.  Pauses now and then:
 * whatever the vCPUs were at goes on as if nothing had been.
 */
static void *router(void *arg)
{
	struct host_thread *h = arg;

	while (!atomic_load(h->is_over)) {
		uint64_t r = draw(&h->seed);
		unsigned int vec = (unsigned int)(r & 0xff), word = 1 + (r >> 8) % 3;

		if (vec >= RIG_PIN(2))
			set_route(h->rig, vec, (unsigned int)(r >> 16) % h->s->ncpus);
		bus_write(h->rig->iocsr, EIO_ENABLE + 8 * word, 8, draw(&h->seed), 0);
		bus_write(h->rig->iocsr, EIO_ENABLE + 8 * word, 8, UINT64_MAX, 0);
		if ((r >> 41) % 32 == 0) {
			vcpu_set_pause(h->rig->vcpus);
			vcpu_set_resume(h->rig->vcpus);
		}
		if (r >> 40 & 1)
			nanosleep(&(struct timespec){ .tv_nsec = 20000 }, NULL);
	}
	return NULL;
}

static void prepare_controllers(struct rig *rig)
{
	for (unsigned int i = 0; i < 4; i++)
		bus_write(rig->iocsr, EIO_ENABLE + 8 * i, 8, UINT64_MAX, 0);
	/* All four HWI lines, one group of 32 vectors after the other. */
	bus_write(rig->iocsr, EIO_IPMAP, 8, UINT64_C(0x0804020108040201), 0);
	for (unsigned int v = 0; v < 256; v++)
		set_route(rig, v, v / rig->ncpus % rig->ncpus);
	for (unsigned int t = 0; t < RIG_TOYS; t++)
		bus_write(rig->mmio, PCH_PIC_BASE + 0x200 + RIG_PIN(t), 1, RIG_PIN(t), 0);
	bus_write(rig->mmio, PCH_PIC_BASE + 0x60, 8, BIT64(RIG_PIN(0)) | BIT64(RIG_PIN(1)), 0);
	bus_write(rig->mmio, PCH_PIC_BASE + 0x20, 4, ~UINT32_C(0x01010101), 0);
}

static unsigned int ipi_vectors(const struct storm *s)
{
	return 16 / s->ncpus;
}

static unsigned int msi_vectors(const struct storm *s)
{
	return PCH_MSI_NUM_VECTORS / s->ncpus * s->ncpus;
}

static void prepare_guest(struct rig *rig, const struct storm *s)
{
	const struct irq_params params = {
		.ncpus = s->ncpus,
		.rounds = s->rounds,
		.phase = s->phase,
		.kind = s->kind,
		.tcfg = s->has_timers ? PERIOD_TICKS | LA_TCFG_EN | LA_TCFG_PERIODIC : 0,
		.nipi = ipi_vectors(s),
		.nmsi = msi_vectors(s),
	};

	irq_guest_write(rig);
	for (unsigned int i = 0; i < s->ncpus; i++)
		rig_write(rig, IRQ_BLOCK(i) + B_PARAM, &params, sizeof(params));
}

static uint64_t block(const struct rig *rig, unsigned int cpu, unsigned int off)
{
	return rig_get64(rig, IRQ_BLOCK(cpu) + off);
}

/* What every vCPU must have got, by doing on paper what the guest does. */
static void check_counts(const struct rig *rig, const struct storm *s)
{
	uint64_t ipi[RIG_MAX_CPUS][32] = { { 0 } }, mail[RIG_MAX_CPUS][RIG_MAX_CPUS] = { { 0 } };
	uint64_t msi[256] = { 0 };
	const unsigned int n = s->ncpus;

	for (unsigned int me = 0; me < n; me++) {
		for (uint64_t k = 0; k < s->rounds; k++) {
			if (s->kind == BY_TURNS ? k & 1 : s->kind) {
				msi[FIRST_MSI + (k * n + me) % msi_vectors(s)]++;
				ipi[me][(s->phase ^ 16) | me]++;
			} else {
				unsigned int v = (unsigned int)(k % ipi_vectors(s)) * n + me;

				ipi[(k + me) % n][v | s->phase]++;
				ipi[me][(v | s->phase) ^ 16]++;
				mail[(k + me) % n][me] += k;
			}
		}
	}
	for (unsigned int c = 0; c < n; c++) {
		uint64_t nrequests = 0;

		ck_assert_uint_eq(block(rig, c, B_ERROR), 0);
		ck_assert_uint_eq(block(rig, c, B_REPLIES), s->rounds);
		for (unsigned int v = 0; v < 32; v++) {
			ck_assert_msg(block(rig, c, B_IPI + 8 * v) == ipi[c][v],
				      "CPU %u, IPI %u: %" PRIu64 ", not %" PRIu64, c, v,
				      block(rig, c, B_IPI + 8 * v), ipi[c][v]);
			nrequests += (v & 16) == s->phase ? ipi[c][v] : 0;
		}
		ck_assert_uint_eq(block(rig, c, B_REQUESTS), nrequests);
		for (unsigned int from = 0; from < n; from++)
			ck_assert_uint_eq(block(rig, c, B_MAIL + 8 * from), mail[c][from]);
	}
	for (unsigned int v = FIRST_MSI; v < 256; v++) {
		uint64_t got = 0;

		for (unsigned int c = 0; c < n; c++)
			got += block(rig, c, B_EIO + 8 * v);
		ck_assert_msg(got == msi[v], "message %u: %" PRIu64 ", not %" PRIu64, v, got, msi[v]);
	}
}

static void check_toys(const struct rig *rig, const struct storm *s)
{
	for (unsigned int t = 0; t < RIG_TOYS; t++) {
		const struct rig_toy *toy = &rig->toy[t];
		uint64_t got = 0;

		for (unsigned int c = 0; c < s->ncpus; c++)
			got += block(rig, c, B_EIO + 8 * RIG_PIN(t));
		ck_assert_uint_eq(toy->nevents, s->events);
		ck_assert_uint_eq(toy->ntaken, s->events);
		ck_assert_uint_eq(got, toy->ntaken + toy->nempty);
		/* Only a level that moves to another CPU while it is served comes in vain. */
		if (toy->is_edge || !s->has_router)
			ck_assert_uint_eq(toy->nempty, 0);
	}
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static void run_storm(const struct storm *s)
{
	struct host_thread threads[RIG_TOYS + 1];
	atomic_bool is_over = false;
	uint64_t began_ns, took_ns, timers = 0, spurious = 0;
	struct rig rig;

	rig_open(&rig, s->ncpus);
	prepare_controllers(&rig);
	prepare_guest(&rig, s);
	rig.nbusy += RIG_TOYS;
	for (unsigned int t = 0; t <= RIG_TOYS; t++) {
		threads[t] = (struct host_thread){ &rig, s, t, opts.seed + t, &is_over, 0 };
		if (t < RIG_TOYS || s->has_router)
			ck_assert_int_eq(pthread_create(&threads[t].thread, NULL,
							t == RIG_TOYS ? router :
							t < 2 ? edge_source : level_source,
							&threads[t]), 0);
	}
	began_ns = now_ns();
	rig_run(&rig);
	atomic_store(&is_over, true);
	for (unsigned int t = 0; t < RIG_TOYS + s->has_router; t++)
		pthread_join(threads[t].thread, NULL);
	rig_stop(&rig);
	took_ns = now_ns() - began_ns;
	for (unsigned int c = 0; c < s->ncpus; c++) {
		uint64_t n = block(&rig, c, B_TIMERS);

		timers += n;
		spurious += block(&rig, c, B_SPURIOUS);
		ck_assert_uint_le(n, s->has_timers ? took_ns / (10 * PERIOD_TICKS) + 1 : 0);
	}
	printf("%u vCPUs, %s, phase %u%s%s: %" PRIu64 " requests, %u events, %" PRIu64
	       " timer, %" PRIu64 " + %" PRIu64 " in vain, %" PRIu64 " ms\n", s->ncpus,
	       s->kind == BY_IPI ? "IPI" : s->kind == BY_MSI ? "MSI" : "IPI and MSI", s->phase,
	       s->has_timers ? ", timers" : "", s->has_router ? ", router" : "",
	       s->ncpus * s->rounds, RIG_TOYS * s->events, timers, spurious,
	       rig.toy[2].nempty + rig.toy[3].nempty, took_ns / 1000000);
	if (s->has_timers && took_ns > 1000 * 10 * PERIOD_TICKS)
		ck_assert_uint_gt(timers, 0);
	if (!s->has_router)
		ck_assert_uint_eq(spurious, 0);
	check_counts(&rig, s);
	check_toys(&rig, s);
	rig_close(&rig);
}

/* _i: vCPUs, phase, what is sent. */
START_TEST(storm)
{
	const unsigned int scale = opts.is_long ? 40 : 1;
	struct storm s = {
		.ncpus = 1 + (unsigned int)_i % 4,
		.phase = 16 * (_i / 4 % 2),
		.kind = (enum irq_kind)(_i / 8),
		.rounds = 700 * scale,
		.events = 150 * scale,
	};

	run_storm(&s);
	s.has_timers = true;
	s.has_router = true;
	run_storm(&s);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *s = suite_create("interrupt storms");
	TCase *tc = tcase_create("all");
	SRunner *sr;
	int failed, ret = litmus_parse(&opts, argc, argv);

	if (ret)
		return ret;
	tcase_set_timeout(tc, 300);
	tcase_add_loop_test(tc, storm, 0, 24);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
