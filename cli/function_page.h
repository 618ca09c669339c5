/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of a page about one function, out of what Explain() says of it. */
#pragma once

#include <jansson.h>

#include "page.h"

#define LABEL 12 /* where the text beside the labels starts */

void label(struct page *p, const char *text);
/* "a, b and 3 more" */
void print_list(struct page *p, const json_t *list, size_t most);

/* d is the function, document the whole. */
void print_headline(struct page *p, const json_t *d);
void print_verdict(struct page *p, const json_t *d);
void print_direct(struct page *p, const json_t *direct);
void print_policy(struct page *p, const json_t *d);
void print_changes(struct page *p, const json_t *document);

/* What becomes of the policy: engaged, armed, or why it will not be. Nothing where nothing was allowed. */
void print_outcome(struct page *p, const json_t *d, bool foreseen);
