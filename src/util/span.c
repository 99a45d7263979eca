/* SPDX-License-Identifier: Apache-2.0 */
/* util/span.c - see span.h. */
#include "util/span.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

const void *span_at(const struct span *s, uint64_t off, uint64_t len)
{
	if (off > s->len || len > s->len - off || !s->data)
		return NULL;
	return s->data + off;
}

int span_read(const struct span *s, uint64_t off, void *buf, uint64_t len)
{
	const void *p = span_at(s, off, len);

	if (!p)
		return -ERANGE;
	memcpy(buf, p, len);
	return 0;
}

int span_read_elem(const struct span *s, uint64_t off, uint64_t index, void *buf,
		   uint64_t size)
{
	uint64_t rel, at;

	if (__builtin_mul_overflow(index, size, &rel) || __builtin_add_overflow(off, rel, &at))
		return -ERANGE;
	return span_read(s, at, buf, size);
}

int span_le16(const struct span *s, uint64_t off, uint16_t *v)
{
	uint16_t raw;
	int ret = span_read(s, off, &raw, sizeof(raw));

	if (!ret)
		*v = le16toh(raw);
	return ret;
}

int span_le32(const struct span *s, uint64_t off, uint32_t *v)
{
	uint32_t raw;
	int ret = span_read(s, off, &raw, sizeof(raw));

	if (!ret)
		*v = le32toh(raw);
	return ret;
}

int span_le64(const struct span *s, uint64_t off, uint64_t *v)
{
	uint64_t raw;
	int ret = span_read(s, off, &raw, sizeof(raw));

	if (!ret)
		*v = le64toh(raw);
	return ret;
}

void put_le16(uint8_t *p, uint16_t v)
{
	v = htole16(v);
	memcpy(p, &v, sizeof(v));
}

void put_le32(uint8_t *p, uint32_t v)
{
	v = htole32(v);
	memcpy(p, &v, sizeof(v));
}

void put_le64(uint8_t *p, uint64_t v)
{
	v = htole64(v);
	memcpy(p, &v, sizeof(v));
}
