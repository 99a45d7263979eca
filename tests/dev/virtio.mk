# SPDX-License-Identifier: Apache-2.0
check_PROGRAMS += \
	tests/dev/test_blockfile \
	tests/dev/test_chardev \
	tests/dev/test_chardev_stdio \
	tests/dev/test_event \
	tests/dev/test_vblk \
	tests/dev/test_vconsole \
	tests/dev/test_virtio_mmio \
	tests/dev/test_virtq

tests_dev_test_blockfile_SOURCES = tests/dev/test_blockfile.c
tests_dev_test_blockfile_LDADD = $(TEST_LIBS)

tests_dev_test_chardev_SOURCES = tests/dev/test_chardev.c tests/dev/chardev_fixture.h
tests_dev_test_chardev_LDADD = $(TEST_LIBS)

tests_dev_test_chardev_stdio_SOURCES = tests/dev/test_chardev_stdio.c tests/dev/chardev_fixture.h
tests_dev_test_chardev_stdio_LDADD = $(TEST_LIBS)

tests_dev_test_event_SOURCES = tests/dev/test_event.c
tests_dev_test_event_LDADD = $(TEST_LIBS)

tests_dev_test_vblk_SOURCES = tests/dev/test_vblk.c tests/dev/virtio_fakes.h
tests_dev_test_vblk_LDADD = $(TEST_LIBS)

tests_dev_test_vconsole_SOURCES = tests/dev/test_vconsole.c tests/dev/virtio_fakes.h
tests_dev_test_vconsole_LDADD = $(TEST_LIBS)

tests_dev_test_virtio_mmio_SOURCES = tests/dev/test_virtio_mmio.c tests/dev/virtio_fakes.h
tests_dev_test_virtio_mmio_LDADD = $(TEST_LIBS)

tests_dev_test_virtq_SOURCES = tests/dev/test_virtq.c
tests_dev_test_virtq_LDADD = $(TEST_LIBS)
