// SPDX-License-Identifier: GPL-2.0-only
/*
 * lvz_mmu.c - the second stage: guest-physical pages to the owner's memory.
 *
 * The root's own TLB refill handler walks these tables, so they have the shape of the
 * host's: three levels, absent directories point to the kernel's invalid tables.  A page
 * enters on the guest's first touch and is pinned from then on, so nothing of the host
 * moves it and entries change only by LVZ_UNMAP.
 *
 * Locking: vm->lock for slots and entries.  Pages are pinned without it, because that may
 * wait for the owner.  Hardware reads entries at any time.
 */
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/smp.h>

#include <asm/pgalloc.h>
#include <asm/pgtable.h>

#include "lvz.h"

#if CONFIG_PGTABLE_LEVELS != 3
#error "lvz: written for kernels with three levels of page tables"
#endif

/* Entry bits (vol. 1, 5.4.3); cached, accessible from PLV0 on, which is all that counts. */
#define S2_RO		(_PAGE_VALID | _PAGE_PRESENT | _CACHE_CC)
#define S2_RW		(S2_RO | _PAGE_DIRTY | _PAGE_WRITE)
#define S2_ADDR		_PFN_MASK

/* Pages taken away between two flushes. */
#define UNMAP_BATCH	64u

static struct lvz_slot *slot_of(struct lvz_vm *vm, u64 gpa)
{
	struct lvz_slot *slot;

	list_for_each_entry(slot, &vm->slots, node) {
		if (gpa - slot->gpa < slot->len)
			return slot;
	}
	return NULL;
}

/* ------------------------------------------------------------------ tables */

static u64 *table_at(u64 entry)
{
	return (u64 *)__va(entry & S2_ADDR);
}

static unsigned int index_at(u64 gpa, unsigned int shift)
{
	return (gpa >> shift) & (PTRS_PER_PTE - 1);
}

static bool is_table(u64 entry, const void *invalid)
{
	return (entry & S2_ADDR) != __pa(invalid);
}

static bool is_huge(u64 entry)
{
	return entry & _PAGE_HUGE;
}

/* The directory entry of @gpa's 32 MiB, or NULL if there is none. */
static u64 *pmd_of(struct lvz_vm *vm, u64 gpa)
{
	u64 pgd = READ_ONCE(vm->pgd[index_at(gpa, PGDIR_SHIFT)]);

	return is_table(pgd, invalid_pmd_table) ?
	       table_at(pgd) + index_at(gpa, PMD_SHIFT) : NULL;
}

static u64 *make_pmd(struct lvz_vm *vm, u64 gpa)
{
	u64 *entry = &vm->pgd[index_at(gpa, PGDIR_SHIFT)];

	if (!is_table(*entry, invalid_pmd_table)) {
		void *page = (void *)__get_free_page(GFP_KERNEL_ACCOUNT);

		if (!page)
			return NULL;
		pmd_init(page);
		/* A walker must not see the directory before what is in it. */
		smp_store_release(entry, __pa(page));
	}
	return pmd_of(vm, gpa);
}

static u64 *make_pte(u64 *pmd, u64 gpa)
{
	if (!is_table(*pmd, invalid_pte_table)) {
		u64 page = get_zeroed_page(GFP_KERNEL_ACCOUNT);

		if (!page)
			return NULL;
		smp_store_release(pmd, __pa(page));
	}
	return table_at(*pmd) + index_at(gpa, PAGE_SHIFT);
}

int lvz_mmu_init(struct lvz_vm *vm)
{
	vm->pgd = (u64 *)__get_free_page(GFP_KERNEL_ACCOUNT);
	if (!vm->pgd)
		return -ENOMEM;
	pgd_init(vm->pgd);
	return 0;
}

/* ------------------------------------------------------------------ mapping */

static bool overlaps(struct lvz_vm *vm, u64 gpa, u64 len)
{
	struct lvz_slot *slot;

	list_for_each_entry(slot, &vm->slots, node) {
		if (gpa < slot->gpa + slot->len && slot->gpa < gpa + len)
			return true;
	}
	return false;
}

static long add_slot(struct lvz_vm *vm, const struct lvz_map *map)
{
	struct lvz_slot *slot;
	int ret;

	if (overlaps(vm, map->gpa, map->len))
		return -EEXIST;
	if (vm->nslots == LVZ_MAX_MAPS)
		return -ENOSPC;
	slot = kzalloc(sizeof(*slot), GFP_KERNEL_ACCOUNT);
	if (!slot)
		return -ENOMEM;
	ret = account_locked_vm(vm->mm, map->len >> PAGE_SHIFT, true);
	if (ret) {
		kfree(slot);
		return ret;
	}
	slot->gpa = map->gpa;
	slot->len = map->len;
	slot->uaddr = map->uaddr;
	slot->is_ro = map->flags & LVZ_MAP_RO;
	list_add(&slot->node, &vm->slots);
	vm->nslots++;
	return 0;
}

long lvz_mmu_map(struct lvz_vm *vm, const struct lvz_map *map)
{
	u64 end;
	long ret;

	if (map->flags & ~LVZ_MAP_RO)
		return -EINVAL;
	if (!map->len || !PAGE_ALIGNED(map->gpa | map->len | map->uaddr))
		return -EINVAL;
	if (check_add_overflow(map->gpa, map->len, &end) || end > BIT_ULL(cpu_vabits))
		return -EINVAL;
	if (!access_ok((void __user *)map->uaddr, map->len))
		return -EFAULT;
	if (current->mm != vm->mm)
		return -EIO;
	if (mutex_lock_interruptible(&vm->lock))
		return -ERESTARTSYS;
	ret = add_slot(vm, map);
	mutex_unlock(&vm->lock);
	return ret;
}

/* ------------------------------------------------------------------ faults */

/* Pins @n pages of the owner for @gpa on.  As pin_user_pages_fast(). */
static int pin(const struct lvz_slot *slot, u64 gpa, int n, struct page **pages)
{
	return pin_user_pages_fast(slot->uaddr + (gpa - slot->gpa), n,
				   FOLL_LONGTERM | (slot->is_ro ? 0 : FOLL_WRITE), pages);
}

/* The owner has the pages from @pfn on, in this order, for the 32 MiB from @base on. */
static bool is_contiguous(const struct lvz_slot *slot, u64 base, unsigned long pfn)
{
	struct page **pages = kmalloc_array(PTRS_PER_PTE, sizeof(*pages), GFP_KERNEL_ACCOUNT);
	int n = pages ? pin(slot, base, PTRS_PER_PTE, pages) : 0;
	bool ret = n == PTRS_PER_PTE;

	for (int i = 0; i < n; i++)
		ret = ret && page_to_pfn(pages[i]) == pfn + i;
	if (n > 0)
		unpin_user_pages(pages, n);
	kfree(pages);
	return ret;
}

/*
 * The 32 MiB around @gpa can be one entry: the owner's memory there is one folio, and all of
 * it.  What the owner replaced or shares with a child is in the folio still, but not the
 * owner's.  The one pin on the folio makes a later fork copy instead of share.
 */
static bool can_be_huge(struct lvz_vm *vm, const struct lvz_slot *slot, u64 gpa,
			struct page *page)
{
	u64 base = gpa & PMD_MASK;
	u64 phys = page_to_phys(page) - (gpa - base);
	u64 *pmd = pmd_of(vm, gpa);

	/* Asked once: whatever else it is gets a table. */
	if (pmd && is_table(READ_ONCE(*pmd), invalid_pte_table))
		return false;
	return folio_size(page_folio(page)) >= PMD_SIZE && IS_ALIGNED(phys, PMD_SIZE) &&
	       base >= slot->gpa && base + PMD_SIZE <= slot->gpa + slot->len &&
	       is_contiguous(slot, base, PHYS_PFN(phys));
}

/* Takes the pin of @page over if it returns 0. */
static int insert(struct lvz_vm *vm, const struct lvz_slot *slot, u64 gpa, struct page *page,
		  bool as_huge)
{
	u64 bits = slot->is_ro ? S2_RO : S2_RW;
	u64 *pmd = make_pmd(vm, gpa), *pte;

	if (!pmd)
		return -ENOMEM;
	if (is_huge(*pmd))
		return -EEXIST;
	if (!is_table(*pmd, invalid_pte_table) && as_huge) {
		WRITE_ONCE(*pmd, (page_to_phys(page) & PMD_MASK) | bits | _PAGE_HUGE);
		return 0;
	}
	pte = make_pte(pmd, gpa);
	if (!pte)
		return -ENOMEM;
	if (*pte & _PAGE_VALID)
		return -EEXIST;
	WRITE_ONCE(*pte, page_to_phys(page) | bits);
	return 0;
}

/* As lvz_mmu_fault(), and @slot is a copy of the slot that has @gpa. */
static int find(struct lvz_vm *vm, u64 gpa, bool is_write, struct lvz_slot *slot)
{
	struct lvz_slot *s;
	int ret = 0;

	if (mutex_lock_interruptible(&vm->lock))
		return -EINTR;
	s = slot_of(vm, gpa);
	if (s && !(s->is_ro && is_write)) {
		*slot = *s;
		ret = 1;
	}
	mutex_unlock(&vm->lock);
	return ret;
}

int lvz_mmu_fault(struct lvz_vm *vm, u64 gpa, bool is_write)
{
	struct lvz_slot was, *slot;
	struct page *page;
	bool as_huge;
	int ret;

	gpa &= PAGE_MASK;
	ret = find(vm, gpa, is_write, &was);
	if (ret <= 0)
		return ret;
	ret = pin(&was, gpa, 1, &page);
	if (ret != 1)
		return ret < 0 ? ret : -EFAULT;
	as_huge = can_be_huge(vm, &was, gpa, page);

	mutex_lock(&vm->lock);
	slot = slot_of(vm, gpa);
	/* Unmapped, or mapped otherwise, meanwhile: the guest may try again. */
	ret = slot && slot->gpa == was.gpa && slot->len == was.len &&
	      slot->uaddr == was.uaddr && slot->is_ro == was.is_ro ?
	      insert(vm, slot, gpa, page, as_huge) : -EEXIST;
	mutex_unlock(&vm->lock);
	if (ret)
		unpin_user_page(page);
	return ret && ret != -EEXIST ? ret : 1;
}

/* ------------------------------------------------------------------ unmapping */

struct batch {
	struct page *pages[UNMAP_BATCH];
	unsigned int n;
	bool is_dirty;		/* they could be written */
	bool is_live;		/* guests may run */
};

static void nothing(void *info)
{
}

/*
 * After this no CPU uses an entry that was removed before: each takes an interrupt, which
 * ends the guest's stay, and the next one begins with a look at flush_gen.
 */
static void flush_guests(struct lvz_vm *vm)
{
	atomic64_inc(&vm->flush_gen);
	smp_mb__after_atomic();
	on_each_cpu(nothing, NULL, 1);
}

static void release(struct lvz_vm *vm, struct batch *b)
{
	if (!b->n)
		return;
	if (b->is_live)
		flush_guests(vm);
	unpin_user_pages_dirty_lock(b->pages, b->n, b->is_dirty);
	b->n = 0;
}

static void take(struct lvz_vm *vm, struct batch *b, u64 *entry, u64 empty)
{
	b->pages[b->n++] = pfn_to_page((*entry & S2_ADDR) >> PAGE_SHIFT);
	WRITE_ONCE(*entry, empty);
	if (b->n == UNMAP_BATCH)
		release(vm, b);
}

/* Empties the entries of @slot, all of them: huge ones do not reach beyond it. */
static void zap(struct lvz_vm *vm, const struct lvz_slot *slot, struct batch *b)
{
	u64 gpa, next, end = slot->gpa + slot->len;

	for (gpa = slot->gpa; gpa < end; gpa = next) {
		u64 *pmd = pmd_of(vm, gpa);

		cond_resched();
		next = min(end, (gpa | ~PMD_MASK) + 1);
		if (!pmd || !is_table(*pmd, invalid_pte_table))
			continue;
		if (is_huge(*pmd)) {
			take(vm, b, pmd, __pa(invalid_pte_table));
			continue;
		}
		for (; gpa < next; gpa += PAGE_SIZE) {
			u64 *pte = table_at(*pmd) + index_at(gpa, PAGE_SHIFT);

			if (*pte & _PAGE_VALID)
				take(vm, b, pte, 0);
		}
	}
	release(vm, b);
}

static void drop_slot(struct lvz_vm *vm, struct lvz_slot *slot, bool is_live)
{
	struct batch b = { .is_dirty = !slot->is_ro, .is_live = is_live };

	list_del(&slot->node);
	vm->nslots--;
	zap(vm, slot, &b);
	account_locked_vm(vm->mm, slot->len >> PAGE_SHIFT, false);
	kfree(slot);
}

long lvz_mmu_unmap(struct lvz_vm *vm, const struct lvz_unmap *unmap)
{
	struct lvz_slot *slot;
	long ret = -ENOENT;

	if (unmap->flags)
		return -EINVAL;
	if (mutex_lock_interruptible(&vm->lock))
		return -ERESTARTSYS;
	slot = slot_of(vm, unmap->gpa);
	if (slot && slot->gpa == unmap->gpa && slot->len == unmap->len) {
		drop_slot(vm, slot, true);
		ret = 0;
	}
	mutex_unlock(&vm->lock);
	return ret;
}

static void free_tables(struct lvz_vm *vm)
{
	for (unsigned int i = 0; i < PTRS_PER_PGD; i++) {
		u64 *pmds = table_at(vm->pgd[i]);

		if (!is_table(vm->pgd[i], invalid_pmd_table))
			continue;
		for (unsigned int j = 0; j < PTRS_PER_PMD; j++) {
			if (is_table(pmds[j], invalid_pte_table))
				free_page((unsigned long)table_at(pmds[j]));
		}
		free_page((unsigned long)pmds);
	}
	free_page((unsigned long)vm->pgd);
}

/* No vCPU is left. */
void lvz_mmu_fini(struct lvz_vm *vm)
{
	struct lvz_slot *slot, *next;

	list_for_each_entry_safe(slot, next, &vm->slots, node)
		drop_slot(vm, slot, false);
	free_tables(vm);
}
