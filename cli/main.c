// SPDX-License-Identifier: GPL-2.0-or-later
#include <getopt.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ctl.h"

struct verb {
	const char *name;
	const char *words;
	int least, most; /* words after the verb; most < 0: any number */
	int (*run)(const struct options *o, int argc, char **argv);
	const char *help;
	void (*columns)(void); /* prints the columns for -o; NULL: it has none */
};

static const struct verb verbs[] = {
	{"status", "", 0, 0, verb_status, "each function's line and verdict (the default)", status_help},
	{"why", "ADDRESS", 1, 1, verb_why, "why that verdict, and what would change it", why_help},
	{"tree", "", 0, 0, verb_tree, "the functions below their bridges, with their lines", status_help},
	{"lines", "", 0, 0, verb_lines, "who is on each interrupt line", lines_help},
	{"check", "ADDRESS...", 1, -1, verb_check, "will these run together in virtual machines", check_help},
	{"allow", "ADDRESS", 1, 1, verb_allow, "let it do direct EOI where that is safe", NULL},
	{"deny", "ADDRESS", 1, 1, verb_deny, "never let it do direct EOI", NULL},
	{"reset", "ADDRESS", 1, 1, verb_reset, "forget what was decided; the rules hold again", NULL},
	{"policy", "list|test FILE|reload", 1, 2, verb_policy, "the rules in force; what others would do",
	 NULL},
	{"monitor", "", 0, 0, verb_monitor, "what changes, as it does", NULL},
	{"metrics", "", 0, 0, verb_metrics, "OpenMetrics text", NULL},
	{"decode", "[FILE]", 0, 1, verb_decode, "what the messages in a log mean here", NULL},
	{"snapshot", "FILE.tar.xz", 1, 1, verb_snapshot, "pack up what was read, for --root", NULL},
};

#define N_VERBS (sizeof(verbs) / sizeof(*verbs))

void complain(const char *format, ...)
{
	va_list args;

	fflush(stdout);
	fputs("intxctl: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

static void help(void)
{
	puts("Usage: intxctl [OPTION]... [VERB [WORD]...]\n"
	     "Who shares which INTx line, and what to do about it.\n");
	for (size_t i = 0; i < N_VERBS; i++)
		printf("  %-9s %-16s %s\n", verbs[i].name, verbs[i].words, verbs[i].help);
	puts("\n"
	     "An ADDRESS is 0000:01:00.0, 01:00.0, or a vendor:device that fits only one.\n"
	     "\n"
	     "      --json        JSON, for programs\n"
	     "      --root DIR    look at the machine captured in DIR\n"
	     "      --standalone  look at this machine without the system's intxd\n"
	     "  -H, --host HOST   ask the intxd of HOST, over ssh\n"
	     "  -a, --all         functions without INTx too\n"
	     "  -o COLUMNS        columns: A,B or +A,B beside the preset ones, or all\n"
	     "  -n, --no-legend   no headings, nothing but rows\n"
	     "  -q, --quiet       no remarks on files that could not be read\n"
	     "      --require R   allow: insist on exclusive, latent-ok or unproven-ok\n"
	     "      --runtime     allow, deny: until the next boot\n"
	     "      --dry-run     allow: only say what would become of it\n"
	     "      --hide        snapshot without what identifies the machine\n"
	     "  -h, --help        this text\n"
	     "      --version     the version\n"
	     "\n"
	     "intxctl VERB --help lists the columns that the verb has for -o.");
	puts("\nExit codes: 0 done, 1 failed, 2 usage, 3 no such device, 4 `check` found a\n"
	     "conflict, 5 not authorised, 6 intxd cannot be reached.");
}

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < N_VERBS; i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

static void verb_help(const struct verb *verb)
{
	printf("Usage: intxctl [OPTION]... %s%s%s\n%s.\n\nOptions: see intxctl --help.\n", verb->name,
	       *verb->words ? " " : "", verb->words, verb->help);
	if (verb->columns) {
		puts("\nColumns for -o (* without -o):");
		verb->columns();
	}
}

/* 0 to go on, or -1 with *ret_code. */
static int parse_options(int argc, char **argv, struct options *o, int *ret_code)
{
	enum {
		OPT_JSON = 256,
		OPT_ROOT,
		OPT_STANDALONE,
		OPT_HIDE,
		OPT_REQUIRE,
		OPT_RUNTIME,
		OPT_DRY_RUN,
		OPT_VERSION
	};
	static const struct option options[] = {
		{"json", no_argument, NULL, OPT_JSON},
		{"root", required_argument, NULL, OPT_ROOT},
		{"standalone", no_argument, NULL, OPT_STANDALONE},
		{"host", required_argument, NULL, 'H'},
		{"all", no_argument, NULL, 'a'},
		{"no-legend", no_argument, NULL, 'n'},
		{"quiet", no_argument, NULL, 'q'},
		{"hide", no_argument, NULL, OPT_HIDE},
		{"require", required_argument, NULL, OPT_REQUIRE},
		{"runtime", no_argument, NULL, OPT_RUNTIME},
		{"dry-run", no_argument, NULL, OPT_DRY_RUN},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, OPT_VERSION},
		{},
	};
	int opt;

	*ret_code = EXIT_USAGE;
	while ((opt = getopt_long(argc, argv, "H:ao:nqh", options, NULL)) >= 0) {
		switch (opt) {
		case OPT_JSON: o->json = true; break;
		case OPT_ROOT: o->root = optarg; break;
		case OPT_STANDALONE: o->root = "/"; break;
		case 'H': o->host = optarg; break;
		case 'a': o->all = true; break;
		case 'o': o->columns = optarg; break;
		case 'n': o->no_legend = true; break;
		case 'q': o->quiet = true; break;
		case OPT_HIDE: o->hide = true; break;
		case OPT_REQUIRE: o->require = optarg; break;
		case OPT_RUNTIME: o->runtime = true; break;
		case OPT_DRY_RUN: o->dry_run = true; break;
		case 'h': o->help = true; break;
		case OPT_VERSION:
			puts("intxctl " INTXD_VERSION);
			*ret_code = EXIT_DONE;
			return -1;
		default: return -1;
		}
	}
	if (o->root && o->host) {
		complain("--root and --standalone look here, --host elsewhere: not both");
		return -1;
	}
	return 0;
}

/* Options that only some verbs have. */
static bool options_fit(const struct options *o, const struct verb *verb)
{
	enum require require;

	if (o->hide && verb->run != verb_snapshot)
		complain("--hide is for snapshot");
	else if ((o->require || o->dry_run) && verb->run != verb_allow)
		complain("%s is for allow", o->require ? "--require" : "--dry-run");
	else if (o->runtime && verb->run != verb_allow && verb->run != verb_deny)
		complain("--runtime is for allow and deny");
	else if (o->require && require_from_string(o->require, &require) < 0)
		complain("--require takes exclusive, latent-ok or unproven-ok, not '%s'", o->require);
	else
		return true;
	return false;
}

int main(int argc, char **argv)
{
	static char *preset[] = {"status", NULL};
	struct options o = {};
	const struct verb *verb;
	char **words;
	int n, code;

	setlocale(LC_CTYPE, "");
	if (parse_options(argc, argv, &o, &code) < 0)
		return code;
	if (o.help && optind == argc) {
		help();
		return EXIT_DONE;
	}
	words = optind < argc ? argv + optind : preset;
	n = optind < argc ? argc - optind : 1;
	verb = find_verb(words[0]);
	if (!verb) {
		complain("there is no verb '%s'; --help lists them", words[0]);
		return EXIT_USAGE;
	}
	if (o.help) {
		verb_help(verb);
		return EXIT_DONE;
	}
	if (n - 1 < verb->least || (verb->most >= 0 && n - 1 > verb->most)) {
		complain("usage: intxctl %s %s", verb->name, verb->words);
		return EXIT_USAGE;
	}
	if (!options_fit(&o, verb))
		return EXIT_USAGE;
	return verb->run(&o, n, words);
}
