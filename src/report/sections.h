/*
 * The parts of the text report, in the order of the page. Each prints nothing when it has nothing
 * to say.
 */
#ifndef BW_REPORT_SECTIONS_H
#define BW_REPORT_SECTIONS_H

#include "report/page.h"

/* The verdict: who blocks us or is about to, in at most a few sentences. */
void bw_section_headline(const struct bw_page *page);

/* Providers, senders at providers, recipient domains, sender domains. */
void bw_section_keys(struct bw_page *page);

/* What to do first: at most five distinct actions, the most urgent first. */
void bw_section_advice(const struct bw_page *page);

/* What limits the trust in the numbers: faults, malformed and unknown lines, limits reached. */
void bw_section_problems(const struct bw_page *page);

#endif
