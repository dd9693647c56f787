/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The part of the first version of QEMU's interface for plugins that plugin.c uses;
 * Debian 12 has no header for it. include/qemu/qemu-plugin.h of QEMU describes it.
 */
#ifndef QEMU_PLUGIN_H
#define QEMU_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#define EXPORT	__attribute__((visibility("default")))

typedef uint64_t plugin_id;
struct qemu_plugin_tb;
struct qemu_plugin_insn;

typedef void translated_cb(plugin_id id, struct qemu_plugin_tb *tb);
typedef void executed_cb(unsigned int cpu, void *arg);
typedef void exit_cb(plugin_id id, void *arg);

void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id, translated_cb *cb);
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb,
					  executed_cb *cb, int flags, void *arg);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
					    executed_cb *cb, int flags,
					    void *arg);
void qemu_plugin_register_atexit_cb(plugin_id id, exit_cb *cb, void *arg);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *
qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t i);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);

extern int qemu_plugin_version;
int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv);

#endif
