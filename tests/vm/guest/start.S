/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Entry of each vCPU (x0: its number), and the exception vectors. EL1, MMU off. */
	.section .text.start, "ax"
	.global _start
_start:
	adrp	x1, stacks
	add	x1, x1, :lo12:stacks
	add	x2, x0, #1
	add	x1, x1, x2, lsl #13		/* 8 KiB a vCPU, growing down */
	mov	sp, x1
	adrp	x1, vectors
	add	x1, x1, :lo12:vectors
	msr	vbar_el1, x1
	msr	tpidr_el1, x0
	isb
	bl	guest_main
1:	wfi
	b	1b

	.macro	fatal
	.balign	128
	mrs	x0, esr_el1
	mrs	x1, elr_el1
	b	guest_panic
	.endm

	.balign	2048
vectors:
	.rept	4				/* from EL1 with SP_EL0: never */
	fatal
	.endr
	fatal					/* synchronous */
	.balign	128				/* IRQ */
	sub	sp, sp, #176
	stp	x0, x1, [sp]
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x30, [sp, #144]
	bl	guest_interrupt
	ldp	x0, x1, [sp]
	ldp	x2, x3, [sp, #16]
	ldp	x4, x5, [sp, #32]
	ldp	x6, x7, [sp, #48]
	ldp	x8, x9, [sp, #64]
	ldp	x10, x11, [sp, #80]
	ldp	x12, x13, [sp, #96]
	ldp	x14, x15, [sp, #112]
	ldp	x16, x17, [sp, #128]
	ldp	x18, x30, [sp, #144]
	add	sp, sp, #176
	eret
	.rept	10				/* FIQ, SError, lower ELs: never */
	fatal
	.endr

	.bss
	.balign	16
stacks:	.skip	2 * 8192
