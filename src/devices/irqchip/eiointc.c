/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devices/irqchip/eiointc.c - see eiointc.h.
 *
 * Registers: Loongson 3A5000 user manual, chapter on extended I/O interrupts.
 *
 * Up to four vCPUs share one set of registers.  With more, each node of four has its own,
 * as on hardware: a plain write goes to the writer's node (ANY_SEND: to its target's),
 * devices enter at node 0, whose ENABLE and ROUTE decide, and the target's node says in
 * IPMAP which HWI line is raised.
 *
 * Locking: everything under dev.lock, which comes after the locks of the PCH-PIC and the
 * IPI device and before those of the backend.
 */
#include "devices/irqchip/eiointc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "devices/irqchip/lanes.h"
#include "devices/irqchip/nodes.h"
#include "util/bits.h"

#define EIO_BASE	0x14a0
#define EIO_END		0x1d00
#define EIO_NODETYPE	0x14a0
#define EIO_IPMAP	0x14c0
#define EIO_ENABLE	0x1600
#define EIO_BOUNCE	0x1680
#define EIO_ISR		0x1700
#define EIO_COREISR	0x1800
#define EIO_ROUTE	0x1c00

#define EIO_VEC_WORDS	(EIOINTC_NUM_VECTORS / 64)
#define EIO_ROUTE_WORDS	(EIOINTC_NUM_VECTORS / 8)
#define EIO_NODE_CPUS	4
#define EIO_MAX_NODES	(EIOINTC_MAX_VCPUS / EIO_NODE_CPUS)
#define EIO_NUM_HWI	4
#define EIO_CPU_LINE	2		/* ESTAT.IS bit of HWI0 */

struct eio_node {
	uint64_t nodetype[EIO_VEC_WORDS];	/* stored; node numbers are not remapped */
	uint64_t ipmap;
	uint64_t enable[EIO_VEC_WORDS];
	uint64_t bounce[EIO_VEC_WORDS];		/* stored, no effect */
	uint64_t route[EIO_ROUTE_WORDS];
};

struct eiointc {
	struct device dev;			/* first, see eio_destroy() */
	struct cpu_lines lines;
	bool has_nodes;				/* more than EIO_NODE_CPUS vCPUs */
	uint64_t isr[EIO_VEC_WORDS];		/* inputs as they are */
	uint64_t isr_msi[EIO_VEC_WORDS];	/* subset of isr: messages not yet latched */
	uint64_t coreisr[EIOINTC_MAX_VCPUS][EIO_VEC_WORDS];
	uint8_t line_up[EIOINTC_MAX_VCPUS];	/* bit n: HWIn is raised */
	struct eio_node nodes[EIO_MAX_NODES];
};

static struct eio_node *eio_node_of(struct eiointc *eio, unsigned int vcpu)
{
	return &eio->nodes[eio->has_nodes ? vcpu / EIO_NODE_CPUS : 0];
}

/* The HWI that vectors 32 * @group.. raise on the vCPUs of @node. */
static unsigned int eio_hwi(const struct eio_node *node, unsigned int group)
{
	unsigned int map = (unsigned int)(node->ipmap >> (8 * group)) & 0xff;
	unsigned int hwi = map ? (unsigned int)__builtin_ctz(map) : 0;

	return hwi < EIO_NUM_HWI ? hwi : 0;
}

static unsigned int eio_target(const struct eiointc *eio, unsigned int vec)
{
	unsigned int route = (unsigned int)(eio->nodes[0].route[vec / 8] >> (8 * (vec % 8))) & 0xff;
	unsigned int core = route & 0xf;
	unsigned int vcpu = core ? (unsigned int)__builtin_ctz(core) : 0;

	if (eio->has_nodes)
		vcpu += EIO_NODE_CPUS * (route >> 4);
	/* A route to nobody would lose the interrupt; any vCPU can handle it. */
	return vcpu < eio->lines.nvcpus ? vcpu : 0;
}

/* Brings the HWI lines of @vcpu in step with its pending vectors. */
static void eio_update(struct eiointc *eio, unsigned int vcpu)
{
	const struct eio_node *node = eio_node_of(eio, vcpu);
	unsigned int want = 0, changed;

	for (unsigned int i = 0; i < EIO_VEC_WORDS; i++) {
		uint64_t pending = eio->coreisr[vcpu][i];

		if ((uint32_t)pending)
			want |= BIT32(eio_hwi(node, 2 * i));
		if (pending >> 32)
			want |= BIT32(eio_hwi(node, 2 * i + 1));
	}
	changed = want ^ eio->line_up[vcpu];
	eio->line_up[vcpu] = (uint8_t)want;
	for (unsigned int hwi = 0; hwi < EIO_NUM_HWI; hwi++) {
		if (changed & BIT32(hwi))
			cpu_line_set(&eio->lines, vcpu, EIO_CPU_LINE + hwi,
				     (want & BIT32(hwi)) != 0);
	}
}

/* Makes an active vector pending on its vCPU, if it is enabled. */
static void eio_latch(struct eiointc *eio, unsigned int vec)
{
	uint64_t bit = BIT64(vec % 64);
	unsigned int i = vec / 64, vcpu;

	if (!(eio->nodes[0].enable[i] & bit))
		return;
	if (eio->isr_msi[i] & bit) {
		/* A message is over when it is delivered, or it would be replayed. */
		eio->isr_msi[i] &= ~bit;
		eio->isr[i] &= ~bit;
	}
	vcpu = eio_target(eio, vec);
	eio->coreisr[vcpu][i] |= bit;
	eio_update(eio, vcpu);
}

static void eio_unlatch(struct eiointc *eio, unsigned int vec)
{
	unsigned int vcpu = eio_target(eio, vec);

	eio->coreisr[vcpu][vec / 64] &= ~BIT64(vec % 64);
	eio_update(eio, vcpu);
}

static void eio_set_input(void *ctx, unsigned int vec, bool level)
{
	struct eiointc *eio = ctx;
	uint64_t bit = BIT64(vec % 64);

	if (vec >= EIOINTC_NUM_VECTORS)
		return;
	pthread_mutex_lock(&eio->dev.lock);
	eio->isr_msi[vec / 64] &= ~bit;
	if (level) {
		eio->isr[vec / 64] |= bit;
		eio_latch(eio, vec);
	} else {
		eio->isr[vec / 64] &= ~bit;
		eio_unlatch(eio, vec);
	}
	pthread_mutex_unlock(&eio->dev.lock);
}

static void eio_set_msi(void *ctx, unsigned int vec, bool level)
{
	struct eiointc *eio = ctx;
	uint64_t bit = BIT64(vec % 64);

	if (vec >= EIOINTC_NUM_VECTORS || !level)
		return;
	pthread_mutex_lock(&eio->dev.lock);
	eio->isr[vec / 64] |= bit;
	eio->isr_msi[vec / 64] |= bit;
	eio_latch(eio, vec);
	pthread_mutex_unlock(&eio->dev.lock);
}

struct irq_line eiointc_line(struct device *dev, unsigned int vec)
{
	return (struct irq_line){ eio_set_input, container_of(dev, struct eiointc, dev), vec };
}

struct irq_line eiointc_msi_line(struct device *dev, unsigned int vec)
{
	return (struct irq_line){ eio_set_msi, container_of(dev, struct eiointc, dev), vec };
}

/* If @addr is in the @words registers at @base, says which of them it is. */
static bool eio_index(uint64_t addr, uint64_t base, unsigned int words, unsigned int *i)
{
	if (addr < base || addr - base >= 8 * (uint64_t)words)
		return false;
	*i = (unsigned int)(addr - base) / 8;
	return true;
}

static uint64_t eio_read_reg(void *ctx, unsigned int vcpu, uint64_t addr)
{
	struct eiointc *eio = ctx;
	const struct eio_node *node = eio_node_of(eio, vcpu);
	unsigned int i;

	if (eio_index(addr, EIO_COREISR, EIO_VEC_WORDS, &i))
		return eio->coreisr[vcpu][i];
	if (eio_index(addr, EIO_ENABLE, EIO_VEC_WORDS, &i))
		return node->enable[i];
	if (eio_index(addr, EIO_ROUTE, EIO_ROUTE_WORDS, &i))
		return node->route[i];
	if (eio_index(addr, EIO_ISR, EIO_VEC_WORDS, &i))
		return eio->isr[i];
	if (eio_index(addr, EIO_NODETYPE, EIO_VEC_WORDS, &i))
		return node->nodetype[i];
	if (eio_index(addr, EIO_BOUNCE, EIO_VEC_WORDS, &i))
		return node->bounce[i];
	return addr == EIO_IPMAP ? node->ipmap : 0;
}

static void eio_write_enable(struct eiointc *eio, struct eio_node *node, unsigned int i,
			     uint64_t val)
{
	uint64_t changed = node->enable[i] ^ val;

	node->enable[i] = val;
	if (node != &eio->nodes[0])
		return;
	for (changed &= eio->isr[i]; changed; changed &= changed - 1) {
		unsigned int bit = (unsigned int)__builtin_ctzll(changed);

		if (val & BIT64(bit))
			eio_latch(eio, 64 * i + bit);
		else
			eio_unlatch(eio, 64 * i + bit);
	}
}

static void eio_write_route(struct eiointc *eio, struct eio_node *node, unsigned int i,
			    uint64_t val)
{
	uint64_t old = node->route[i];

	for (unsigned int b = 0; b < 8; b++) {
		uint64_t byte = UINT64_C(0xff) << (8 * b);
		unsigned int vec = 8 * i + b, from, to;
		uint64_t before = node->route[i];

		if (!((old ^ val) & byte))
			continue;
		from = eio_target(eio, vec);
		node->route[i] = lane_merge(before, val, byte);
		to = eio_target(eio, vec);
		if (from == to || !(eio->isr[vec / 64] & BIT64(vec % 64)))
			continue;
		/* Moves with the input: nobody would clear it on the old vCPU. */
		eio->coreisr[from][vec / 64] &= ~BIT64(vec % 64);
		eio_update(eio, from);
		eio_latch(eio, vec);
	}
}

static void eio_write_ipmap(struct eiointc *eio, struct eio_node *node, uint64_t val)
{
	node->ipmap = val;
	for (unsigned int c = 0; c < eio->lines.nvcpus; c++) {
		if (eio_node_of(eio, c) == node)
			eio_update(eio, c);
	}
}

static void eio_write_reg(void *ctx, unsigned int vcpu, uint64_t addr, uint64_t val,
			  uint64_t mask)
{
	struct eiointc *eio = ctx;
	struct eio_node *node = eio_node_of(eio, vcpu);
	unsigned int i;

	if (eio_index(addr, EIO_COREISR, EIO_VEC_WORDS, &i)) {
		eio->coreisr[vcpu][i] &= ~val;
		eio_update(eio, vcpu);
	} else if (eio_index(addr, EIO_ENABLE, EIO_VEC_WORDS, &i)) {
		eio_write_enable(eio, node, i, lane_merge(node->enable[i], val, mask));
	} else if (eio_index(addr, EIO_ROUTE, EIO_ROUTE_WORDS, &i)) {
		eio_write_route(eio, node, i, lane_merge(node->route[i], val, mask));
	} else if (eio_index(addr, EIO_NODETYPE, EIO_VEC_WORDS, &i)) {
		node->nodetype[i] = lane_merge(node->nodetype[i], val, mask);
	} else if (eio_index(addr, EIO_BOUNCE, EIO_VEC_WORDS, &i)) {
		node->bounce[i] = lane_merge(node->bounce[i], val, mask);
	} else if (addr == EIO_IPMAP) {
		eio_write_ipmap(eio, node, lane_merge(node->ipmap, val, mask));
	}
}

static const struct lane_ops eio_lanes = { eio_read_reg, eio_write_reg };

static int eio_read(struct device *dev, const struct bus_at *at, uint64_t *val)
{
	struct eiointc *eio = container_of(dev, struct eiointc, dev);

	if (at->vcpu < eio->lines.nvcpus)
		*val = lanes_read(&eio_lanes, eio, at->vcpu, EIO_BASE + at->off, at->size);
	return 0;
}

static int eio_write(struct device *dev, const struct bus_at *at, uint64_t val)
{
	struct eiointc *eio = container_of(dev, struct eiointc, dev);

	if (at->vcpu < eio->lines.nvcpus)
		lanes_write(&eio_lanes, eio, at->vcpu, EIO_BASE + at->off, at->size, val);
	return 0;
}

static void eio_reset(struct device *dev)
{
	struct eiointc *eio = container_of(dev, struct eiointc, dev);

	memset(eio->isr, 0, sizeof(eio->isr));
	memset(eio->isr_msi, 0, sizeof(eio->isr_msi));
	memset(eio->coreisr, 0, sizeof(eio->coreisr));
	memset(eio->nodes, 0, sizeof(eio->nodes));
	for (unsigned int c = 0; c < eio->lines.nvcpus; c++)
		eio_update(eio, c);
}

static int eio_fdt(struct device *dev, struct fdt_ctx *fdt)
{
	(void)dev;
	irqchip_fdt_eiointc(fdt);
	return 0;
}

static void eio_destroy(struct device *dev)
{
	device_fini(dev);
	free(container_of(dev, struct eiointc, dev));
}

static const struct device_ops eio_ops = {
	.read = eio_read,
	.write = eio_write,
	.reset = eio_reset,
	.fdt = eio_fdt,
	.destroy = eio_destroy,
};

int eiointc_create(const struct eiointc_cfg *cfg, struct device **out, struct err *err)
{
	unsigned int n = cfg->lines.nvcpus;
	struct eiointc *eio;
	int ret;

	if (!n || n > EIOINTC_MAX_VCPUS)
		return err_set(err, -EINVAL, "eiointc: %u vCPUs (want 1 to %u)", n,
			       EIOINTC_MAX_VCPUS);
	eio = calloc(1, sizeof(*eio));
	if (!eio)
		return err_set(err, -ENOMEM, "eiointc: out of memory");
	device_init(&eio->dev, &eio_ops, "eiointc");
	eio->lines = cfg->lines;
	eio->has_nodes = n > EIO_NODE_CPUS;
	ret = bus_add(cfg->iocsr, EIO_BASE, EIO_END - EIO_BASE, &eio->dev, 0, err);
	if (ret) {
		eio_destroy(&eio->dev);
		return ret;
	}
	*out = &eio->dev;
	return 0;
}
