/* SPDX-License-Identifier: MIT */
/* The command line. */

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cmd/commands.h"

static const char help[] =
    "Usage: postern COMMAND [OPTION]...\n"
    "Give each container its own filtered door to the Docker or Podman "
    "daemon.\n"
    "\n"
    "Commands:\n"
    "  run                            open a door per profile, and serve\n"
    "  check                          validate the profiles, and say what "
    "each can do\n"
    "  explain PROFILE METHOD TARGET  say what a profile makes of a request\n"
    "  suggest PROFILE [FILE]         make a profile of what the log says was "
    "seen\n"
    "  presets [NAME]                 list the shipped presets, or show one\n"
    "  init [DIRECTORY]               write a configuration to start with\n"
    "  import KIND [FILE [SERVICE]]   make a profile of another socket proxy's\n"
    "                                 settings\n"
    "  status [PROFILE]               say how the running postern is, or a "
    "door of it\n"
    "  health                         exit with 0 if it serves, else with 1\n"
    "  reload                         have it read its configuration anew\n"
    "  watch [PROFILE]                show decisions as it makes them\n"
    "\n"
    "Options:\n"
    "  -c, --config FILE        read FILE instead of\n"
    "                           " POSTERN_SYSCONFDIR "/postern/postern.ini\n"
    "      --upstream SOCKET    the daemon's socket, unix:///PATH\n"
    "      --directory DIR      where doors/NAME.sock are made\n"
    "      --profiles DIR       where profiles, NAME.ini, are read\n"
    "      --user NAME          whom root becomes\n"
    "      --drain TIME         what open streams get at a reload: 30s, 2m\n"
    "      --metrics-file FILE  write metrics for node_exporter to FILE\n"
    "      --log-format FMT     logfmt or json\n"
    "      --log-level LEVEL    error, warning, notice, info or debug\n"
    "      --audit-file FILE    write a line of JSON for each request to "
    "FILE\n"
    "      --json               check, explain, status, watch: print for "
    "programs\n"
    "      --merge              suggest: print a difference to the "
    "profile's file\n"
    "      --names              check, presets: print only the names\n"
    "      --no-root            check: fail where root can be reached\n"
    "  -h, --help               print this, and exit\n"
    "  -V, --version            print the version, and exit\n"
    "\n"
    "Exit status: 0, success; 1, failure; 2, wrong usage; 3, the "
    "configuration\n"
    "is refused; 4, check --no-root found a profile that can reach root.\n"
    "\n"
    "Manuals: postern(8), postern.ini(5)\n";

/* All but the last are in the help. */
static const struct {
	const char *name;
	int (*run)(const struct options *options, char **arguments);
} commands[] = {
	{"run",	 command_run    },
	{ "check",   command_check	 },
	{ "explain", command_explain},
	{ "suggest", command_suggest},
	{ "presets", command_presets},
	{ "init",	  command_init   },
	{ "import",  command_import },
	{ "status",  command_status },
	{ "health",  command_health },
	{ "reload",  command_reload },
	{ "watch",   command_watch	 },
	{ "worker",  command_worker },
};

enum {
	OPTION_JSON = 256,
	OPTION_MERGE,
	OPTION_NAMES,
	OPTION_NO_ROOT,
	OPTION_SETTING /* and the settings behind it */
};

static const struct option long_options[] = {
	{"config",	    required_argument, NULL, 'c'				 },
	{ "upstream",     required_argument, NULL,
	    OPTION_SETTING + SETTING_UPSTREAM					      },
	{ "directory",    required_argument, NULL,
	    OPTION_SETTING + SETTING_DIRECTORY				       },
	{ "profiles",     required_argument, NULL,
	    OPTION_SETTING + SETTING_PROFILES					      },
	{ "user",	  required_argument, NULL, OPTION_SETTING + SETTING_USER },
	{ "drain",	   required_argument, NULL, OPTION_SETTING + SETTING_DRAIN},
	{ "metrics-file", required_argument, NULL,
	    OPTION_SETTING + SETTING_METRICS					     },
	{ "log-format",	required_argument, NULL,
	    OPTION_SETTING + SETTING_LOG_FORMAT					},
	{ "log-level",    required_argument, NULL,
	    OPTION_SETTING + SETTING_LOG_LEVEL				       },
	{ "audit-file",	required_argument, NULL,
	    OPTION_SETTING + SETTING_AUDIT					   },
	{ "json",	  no_argument,       NULL, OPTION_JSON			 },
	{ "no-root",	     no_argument,	  NULL, OPTION_NO_ROOT		       },
	{ "merge",	   no_argument,	NULL, OPTION_MERGE		   },
	{ "names",	   no_argument,	NULL, OPTION_NAMES		   },
	{ "help",	  no_argument,       NULL, 'h'				 },
	{ "version",	     no_argument,	  NULL, 'V'			    },
	{ NULL,		0,		   NULL, 0			     },
};

int
command_usage(const char *format, ...)
{
	va_list arguments;

	fputs("postern: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputs("; see postern --help\n", stderr);
	return 2;
}

int
main(int argc, char **argv)
{
	struct options options = { 0 };
	const char *name;
	size_t i;
	int c;

	while (
	    (c = getopt_long(argc, argv, "c:hV", long_options, NULL)) != -1) {
		switch (c) {
		case 'c':
			options.config = optarg;
			break;
		case 'h':
			fputs(help, stdout);
			return 0;
		case 'V':
			puts("postern " POSTERN_VERSION);
			return 0;
		case OPTION_JSON:
			options.json = true;
			break;
		case OPTION_NO_ROOT:
			options.no_root = true;
			break;
		case OPTION_MERGE:
			options.merge = true;
			break;
		case OPTION_NAMES:
			options.names = true;
			break;
		case '?':
			/* getopt_long() has said what is wrong. */
			return 2;
		default:
			options.values[c - OPTION_SETTING] = optarg;
			break;
		}
	}
	options.arguments = argv;
	options.command = optind;
	if ((name = argv[optind]) == NULL)
		return command_usage("a command is missing");
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].name, name) == 0)
			return commands[i].run(&options, argv + optind + 1);
	return command_usage("no such command: %s", name);
}
