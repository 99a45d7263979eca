/* SPDX-License-Identifier: Apache-2.0 */
/*
 * util/span.h - bounds-checked reading of bytes that somebody else wrote.
 *
 * A span is a pointer and a length, nothing more; it owns nothing.  Every access names an
 * offset and a length that may come straight from a hostile file: both are compared with
 * what is left, never added.  Numbers are little-endian, as in all formats read here.
 */
#ifndef LVZ_UTIL_SPAN_H
#define LVZ_UTIL_SPAN_H

#include <stddef.h>
#include <stdint.h>

struct span {
	const uint8_t *data;	/* NULL only when len is 0 */
	uint64_t len;		/* bytes */
};

/* The @len bytes at @off, or NULL unless all of them lie inside @s.  Any thread. */
const void *span_at(const struct span *s, uint64_t off, uint64_t len);

/* Copies @len bytes at @off to @buf.  -ERANGE (nothing copied) unless all lie inside @s. */
int span_read(const struct span *s, uint64_t off, void *buf, uint64_t len);

/*
 * Copies element @index of an array that starts at @off and has elements of @size bytes.
 * -ERANGE (nothing copied) unless the element lies inside @s, overflow included.
 */
int span_read_elem(const struct span *s, uint64_t off, uint64_t index, void *buf,
		   uint64_t size);

/* One little-endian number at @off; -ERANGE (*@v untouched) when it is not inside @s. */
int span_le16(const struct span *s, uint64_t off, uint16_t *v);
int span_le32(const struct span *s, uint64_t off, uint32_t *v);
int span_le64(const struct span *s, uint64_t off, uint64_t *v);

/* Stores @v at @p (any alignment) in little-endian order. */
void put_le16(uint8_t *p, uint16_t v);
void put_le32(uint8_t *p, uint32_t v);
void put_le64(uint8_t *p, uint64_t v);

#endif
