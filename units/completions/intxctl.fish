# SPDX-License-Identifier: GPL-2.0-or-later
# fish completion for intxctl: verbs, options, the machine's addresses, columns.

# The words before the cursor that say which machine is meant, one a line.
function __intxctl_where
    set -l words (commandline -opc)
    for i in (seq 2 (count $words))
        switch $words[$i]
            case --root --host -H
                if test $i -lt (count $words)
                    printf '%s\n' $words[$i] (string replace -r '^~/' "$HOME/" -- $words[(math $i + 1)])
                end
            case '--root=*' '--host=*' --standalone
                printf '%s\n' $words[$i]
        end
    end
end

function __intxctl_verb
    set -l words (commandline -opc)
    set -l skip
    for word in $words[2..-1]
        if set -q skip[1]
            set -e skip[1]
            continue
        end
        switch $word
            case --root --host -H -o --require
                set skip yes
            case '-*'
            case '*'
                echo $word
                return 0
        end
    end
    return 1
end

function __intxctl_verb_is
    contains -- (__intxctl_verb) $argv
end

# These take one address.
function __intxctl_wants_address
    __intxctl_verb_is check
    or begin
        __intxctl_verb_is why allow deny reset
        and test (commandline -opc)[-1] = (__intxctl_verb)
    end
end

function __intxctl_addresses
    set -l program (commandline -opc)[1]
    $program (__intxctl_where) -n -q -o ADDRESS status 2>/dev/null
end

function __intxctl_columns
    set -l program (commandline -opc)[1]
    set -l verb (__intxctl_verb; or echo status)
    set -l before (string match -r '^(?:.*,|\+)' -- (commandline -ct | string replace -r '^-o' ''))
    $program $verb --help 2>/dev/null |
        string replace -rf '^ [* ] ([A-Z]+) +(.*)' "$before\$1\t\$2"
end

complete -c intxctl -f
complete -c intxctl -n 'not __intxctl_verb' -a status -d "what each function's INTx line is like"
complete -c intxctl -n 'not __intxctl_verb' -a why -d 'why a function has its verdict, and what would change it'
complete -c intxctl -n 'not __intxctl_verb' -a tree -d 'the functions below their bridges, with their lines'
complete -c intxctl -n 'not __intxctl_verb' -a lines -d 'who is on each interrupt line'
complete -c intxctl -n 'not __intxctl_verb' -a check -d 'whether these functions can be used together'
complete -c intxctl -n 'not __intxctl_verb' -a allow -d 'let the kernel use direct EOI for a function where that is safe'
complete -c intxctl -n 'not __intxctl_verb' -a deny -d 'never use direct EOI for a function'
complete -c intxctl -n 'not __intxctl_verb' -a reset -d 'forget what was decided about a function'
complete -c intxctl -n 'not __intxctl_verb' -a policy -d 'the rules in force, and what others would do'
complete -c intxctl -n 'not __intxctl_verb' -a monitor -d 'what changes, as it does'
complete -c intxctl -n 'not __intxctl_verb' -a metrics -d 'OpenMetrics text'
complete -c intxctl -n 'not __intxctl_verb' -a decode -d 'what kernel messages about interrupts mean'
complete -c intxctl -n 'not __intxctl_verb' -a snapshot -d 'everything that intxd reads, in one file'
complete -c intxctl -n __intxctl_wants_address -a '(__intxctl_addresses)'
complete -c intxctl -n '__intxctl_verb_is policy; and test (commandline -opc)[-1] = policy' -a 'list test reload'
complete -c intxctl -n '__intxctl_verb_is policy; and test (commandline -opc)[-1] = test' -F
complete -c intxctl -n '__intxctl_verb_is decode snapshot' -F
complete -c intxctl -n '__intxctl_verb_is allow' -l require -x -a 'exclusive latent-ok unproven-ok' -d 'what to insist on'
complete -c intxctl -n '__intxctl_verb_is allow deny' -l runtime -d 'until the next boot'
complete -c intxctl -n '__intxctl_verb_is allow' -l dry-run -d 'only say what would become of it'
complete -c intxctl -n '__intxctl_verb_is snapshot' -l hide -d 'leave out what identifies the machine'
complete -c intxctl -l json -d 'JSON, for programs'
complete -c intxctl -l root -x -a '(__fish_complete_directories (commandline -ct))' -d 'look at the machine captured in a folder'
complete -c intxctl -l standalone -d 'look at this machine without the intxd of the system'
complete -c intxctl -s H -l host -x -a '(__fish_print_hostnames)' -d 'ask the intxd of another host'
complete -c intxctl -s a -l all -d 'functions without INTx too'
complete -c intxctl -s o -x -a '(__intxctl_columns)' -d columns
complete -c intxctl -s n -l no-legend -d 'no headings, nothing but rows'
complete -c intxctl -s q -l quiet -d 'no remarks on files that could not be read'
complete -c intxctl -s h -l help -d help
complete -c intxctl -l version -d 'the version'
