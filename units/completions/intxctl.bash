# SPDX-License-Identifier: GPL-2.0-or-later
# bash completion for intxctl: verbs, options, the machine's addresses, columns.
# shellcheck shell=bash

# The options before the cursor that say which machine is meant.
_intxctl_where() {
	local i
	where=()
	for ((i = 1; i < ${#words[@]}; i++)); do
		case ${words[i]} in
		--root | -H | --host)
			[ -n "${words[i + 1]-}" ] && where+=("${words[i]}" "${words[i + 1]/#\~\//$HOME/}")
			;;
		--root=* | --host=* | --standalone) where+=("${words[i]}") ;;
		esac
	done
}

# In the form that is being typed: 0000:01:00.0 or 01:00.0.
_intxctl_addresses() {
	local where
	_intxctl_where
	"${words[0]/#\~\//$HOME/}" "${where[@]}" -n -q -o ADDRESS status 2>/dev/null |
		if [[ $cur =~ ^[0-9a-f]{2}: ]]; then sed -n 's/^0000://p'; else cat; fi
}

_intxctl_columns() {
	"${words[0]/#\~\//$HOME/}" "${verb:-status}" --help 2>/dev/null |
		sed -n '/^Columns/,$s/^ [* ] \([A-Z][A-Z]*\) .*/\1/p'
}

_intxctl_verb() {
	local i
	verb=
	for ((i = 1; i < ${#words[@]}; i++)); do
		case ${words[i]} in
		--root | -H | --host | -o | --require) i=$((i + 1)) ;;
		-*) ;;
		*)
			verb=${words[i]}
			return
			;;
		esac
	done
}

# Candidates for what the word is, without the start of it that bash takes for a word of its own.
_intxctl_reply() {
	local cur=$1 cut=
	shift
	mapfile -t COMPREPLY < <(compgen "$@" -- "$cur")
	[[ $cur == *:* && $COMP_WORDBREAKS == *:* ]] && cut=${cur%"${cur##*:}"}
	COMPREPLY=("${COMPREPLY[@]#"$cut"}")
}

_intxctl_column_reply() {
	local before=
	case $1 in
	*,*) before=${1%,*}, ;;
	+*) before=+ ;;
	esac
	_intxctl_reply "$1" -W "$(_intxctl_columns | sed "s/^/$before/")"
	compopt -o nospace 2>/dev/null
}

# Options that only this verb has.
_intxctl_own_options() {
	case $verb in
	allow) echo --require --runtime --dry-run ;;
	deny) echo --runtime ;;
	snapshot) echo --hide ;;
	esac
}

_intxctl() {
	local line=${COMP_LINE:0:COMP_POINT} words cur="" prev verb
	local verbs='status why tree lines check allow deny reset policy monitor metrics decode snapshot'
	local options='--json --root --standalone --host --all --no-legend --quiet --help --version -o'

	read -ra words <<<"$line"
	if [[ $line != *[[:space:]] ]]; then
		cur=${words[-1]}
		unset 'words[-1]'
	fi
	prev=${words[-1]-}
	_intxctl_verb
	case $prev in
	--root) _intxctl_reply "$cur" -d; compopt -o filenames 2>/dev/null; return ;;
	-H | --host) _intxctl_reply "$cur" -A hostname; return ;;
	-o) _intxctl_column_reply "$cur"; return ;;
	--require) _intxctl_reply "$cur" -W 'exclusive latent-ok unproven-ok'; return ;;
	esac
	case $cur in
	--root=*) _intxctl_reply "${cur#*=}" -d; compopt -o filenames 2>/dev/null; return ;;
	-*) _intxctl_reply "$cur" -W "$options $(_intxctl_own_options)"; return ;;
	esac
	case $verb in
	'') _intxctl_reply "$cur" -W "$verbs" ;;
	why | allow | deny | reset) [ "$prev" = "$verb" ] && _intxctl_reply "$cur" -W "$(_intxctl_addresses)" ;;
	policy)
		case $prev in
		policy) _intxctl_reply "$cur" -W 'list test reload' ;;
		test) _intxctl_reply "$cur" -f; compopt -o filenames 2>/dev/null ;;
		esac
		;;
	check) _intxctl_reply "$cur" -W "$(_intxctl_addresses)" ;;
	decode | snapshot) _intxctl_reply "$cur" -f; compopt -o filenames 2>/dev/null ;;
	esac
}

complete -F _intxctl intxctl
