/* SPDX-License-Identifier: Apache-2.0 */
/* core/device.c - see device.h. */
#include "core/device.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define GUEST_TEXT_BYTES 256

void device_init(struct device *dev, const struct device_ops *ops, const char *name)
{
	memset(dev, 0, sizeof(*dev));
	dev->ops = ops;
	snprintf(dev->name, sizeof(dev->name), "%s", name);
	pthread_mutex_init(&dev->lock, NULL);
}

void device_fini(struct device *dev)
{
	pthread_mutex_destroy(&dev->lock);
}

void device_add_region(struct device *dev, uint64_t base, uint64_t len)
{
	assert(dev->nregions < DEV_MAX_REGIONS);
	dev->regions[dev->nregions++] = (struct dev_region){ base, len };
}

int device_map(struct device *dev, struct bus *mmio, struct err *err)
{
	for (unsigned int i = 0; i < dev->nregions; i++) {
		int ret = bus_add(mmio, dev->regions[i].base, dev->regions[i].len, dev, i, err);

		if (ret)
			return ret;
	}
	return 0;
}

int guest_error(struct device *dev, const char *fmt, ...)
{
	char text[GUEST_TEXT_BYTES];
	unsigned int dropped = 0;
	va_list ap;

	dev->guest_errors++;
	if (!log_enabled(LOG_LVL_WARN, "guest") || !log_limit_ok(&dev->limit, &dropped))
		return 0;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (dropped)
		log_warn("guest", "%s: %s (%u more not shown)", dev->name, text, dropped);
	else
		log_warn("guest", "%s: %s", dev->name, text);
	return 0;
}
