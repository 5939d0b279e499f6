# SPDX-License-Identifier: MIT
# Completion of postern(8) for bash 4 or later, which it needs nothing besides.

_postern()
{
	# All that there is to complete. Below, @KIND stands for words that are
	# found only then: see _postern_kind.
	local commands="run check explain suggest presets init import status
	    health reload watch"
	local general="-h --help -V --version"
	local settings="-c --config --upstream --directory --profiles --user
	    --drain --metrics-file --log-format --log-level --audit-file"
	local -A options=(
		[run]="$settings"
		[check]="--json --names --no-root $settings"
		[explain]="--json $settings"
		[suggest]="--merge $settings"
		[presets]="--names"
		[init]=""
		[import]=""
		[status]="--json $settings"
		[health]="$settings"
		[reload]="$settings"
		[watch]="--json $settings"
	)
	# What follows an option; one that is not here has no value.
	local -A values=(
		[-c]=@file
		[--config]=@file
		[--upstream]=@socket
		[--directory]=@directory
		[--profiles]=@directory
		[--user]=@user
		[--drain]="10s 30s 1m 5m"
		[--metrics-file]=@file
		[--log-format]="logfmt json"
		[--audit-file]=@file
		[--log-level]="error warning notice info debug"
	)
	# One word for each argument.
	local -A arguments=(
		[explain]="@profile @method @target"
		[suggest]="@profile @file"
		[presets]="@preset"
		[init]="@directory"
		[import]="@proxy @file"
		[status]="@door"
		[watch]="@door"
	)

	# Readline has cut words at "=" and ":"; nothing here begins or ends
	# with one.
	local -a words=()
	local word after_break=
	for word in "${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
		if [[ $word =~ ^[=:]+$ ]]; then
			words[-1]+=$word
			after_break=yes
		elif [[ $after_break ]]; then
			words[-1]+=$word
			after_break=
		else
			words+=("$word")
		fi
	done

	# The command, how many arguments it has, the option whose value is to
	# be completed, and what to ask the program with.
	local command="" option="" count=0 i
	local -a asked=()
	for ((i = 1; i < ${#words[@]} - 1; i++)); do
		word=${words[i]}
		option=""
		case $word in
		--config=* | --profiles=*)
			asked+=("$word")
			;;
		-*)
			if [[ ${values["$word"]-} ]]; then
				option=$word
				((++i < ${#words[@]} - 1)) || break
				option=""
				case $word in
				-c | --config | --profiles)
					asked+=("$word" "${words[i]}")
					;;
				esac
			fi
			;;
		*)
			if [[ $command ]]; then
				((++count))
			else
				command=$word
			fi
			;;
		esac
	done

	local current=${words[-1]}
	local program=${1/#\~\//$HOME/}
	COMPREPLY=()
	if [[ $option ]]; then
		_postern_kind ${values["$option"]}
	elif [[ $current == --*=* ]]; then
		option=${current%%=*}
		current=${current#*=}
		_postern_kind ${values["$option"]-}
		if [[ $COMP_WORDBREAKS != *=* ]]; then
			COMPREPLY=("${COMPREPLY[@]/#/$option=}")
		fi
	elif [[ $current == -* && ! $command ]]; then
		_postern_offer ${options[@]} $general
	elif [[ $current == -* ]]; then
		_postern_offer ${options["$command"]-} $general
	elif [[ ! $command ]]; then
		_postern_offer $commands
	else
		local -a kinds=(${arguments["$command"]-})
		_postern_kind ${kinds[count]-}
	fi

	# Readline puts back only what is behind the last ":".
	if [[ $current == *:* && $COMP_WORDBREAKS == *:* ]]; then
		COMPREPLY=("${COMPREPLY[@]#"${current%"${current##*:}"}"}")
	fi
}

# _postern_kind WORD... | @KIND: what may stand here.
_postern_kind()
{
	local prefix=""
	case ${1-} in
	@file)
		_postern_paths -f
		;;
	@directory)
		_postern_paths -d
		;;
	@socket)
		[[ $current ]] || _postern_offer unix://
		if [[ $current == unix://* ]]; then
			prefix=unix://
		fi
		_postern_paths -f
		;;
	@user)
		mapfile -t COMPREPLY < <(compgen -u -- "$current")
		;;
	@method)
		_postern_offer GET HEAD POST PUT DELETE OPTIONS
		;;
	@proxy)
		_postern_offer tecnativa linuxserver wollomatic cetusguard \
		    knrdl sockguard
		;;
	@preset)
		_postern_ask presets --names
		;;
	@profile)
		_postern_ask presets --names
		_postern_kind @door
		;;
	@door)
		# Quotes are none of the program's business.
		asked=("${asked[@]//[\"\'\\]/}")
		_postern_ask check --names "${asked[@]/#\~\//$HOME/}"
		;;
	@*) ;;
	*)
		_postern_offer "$@"
		;;
	esac
}

# Those of the words that begin as the current one, and are not there yet.
_postern_offer()
{
	local word
	for word; do
		if [[ $word == "$current"* &&
		    " ${COMPREPLY[*]} " != *" $word "* ]]; then
			COMPREPLY+=("$word")
		fi
	done
}

_postern_paths()
{
	local -a paths
	mapfile -t paths < <(compgen "$1" -- "${current#"$prefix"}")
	COMPREPLY+=("${paths[@]/#/$prefix}")
	compopt -o filenames 2>/dev/null
}

# The lines that the program prints.
_postern_ask()
{
	local -a lines
	mapfile -t lines < <("$program" "$@" 2>/dev/null)
	_postern_offer "${lines[@]}"
}

complete -F _postern postern
