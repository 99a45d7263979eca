# SPDX-License-Identifier: Apache-2.0
check_PROGRAMS += \
	tests/unit/test_kvm \
	tests/unit/test_machine \
	tests/unit/test_memory \
	tests/unit/test_vcpu \
	tests/unit/test_vm

tests_unit_test_kvm_SOURCES = tests/unit/test_kvm.c
tests_unit_test_kvm_LDADD = $(TEST_LIBS)
tests_unit_test_machine_SOURCES = tests/unit/test_machine.c
tests_unit_test_machine_LDADD = $(TEST_LIBS)
tests_unit_test_memory_SOURCES = tests/unit/test_memory.c
tests_unit_test_memory_LDADD = $(TEST_LIBS)
tests_unit_test_vcpu_SOURCES = tests/unit/test_vcpu.c
tests_unit_test_vcpu_LDADD = $(TEST_LIBS)
tests_unit_test_vm_SOURCES = tests/unit/test_vm.c
tests_unit_test_vm_LDADD = $(TEST_LIBS)
