# SPDX-License-Identifier: MIT
# Completion of postern(8) for fish.

# The words before the current one: print the command and its arguments.
function __postern_words
    set -l valued -c --config --upstream --directory --profiles --user \
        --drain --metrics-file --log-format --log-level --audit-file
    set -l is_value no
    for word in (commandline -opc)[2..-1]
        if test $is_value = yes
            set is_value no
        else if contains -- $word $valued
            set is_value yes
        else if not string match -q -- '-*' $word
            printf '%s\n' $word
        end
    end
end

# __postern_on COMMAND...: whether it is one of these, or none yet.
function __postern_on
    set -l words (__postern_words)
    test (count $words) -eq 0; or contains -- $words[1] $argv
end

# __postern_argument COMMAND NUMBER: whether this argument is being written.
function __postern_argument
    set -l words (__postern_words)
    test (count $words) -eq $argv[2]; and test $words[1] = $argv[1]
end

# __postern_ask ARGUMENT...: what the program prints.
function __postern_ask
    set -l program (commandline -opc)[1]
    set program (string replace -r '^~/' "$HOME/" -- $program)
    command $program $argv 2>/dev/null
end

function __postern_doors
    set -l asked
    set -l takes no
    for word in (commandline -opc)[2..-1]
        switch $word
            case '--config=*' '--profiles=*'
                set -a asked $word
            case -c --config --profiles
                set -a asked $word
                set takes yes
            case '*'
                if test $takes = yes
                    set -a asked (string replace -r '^~/' "$HOME/" -- $word)
                    set takes no
                end
        end
    end
    __postern_ask check --names $asked
end

function __postern_profiles
    __postern_doors
    __postern_ask presets --names
end

complete -c postern -f

# Commands.
set -l first 'not __postern_words | string length -q'
complete -c postern -n $first -a run -d 'Open a door per profile, and serve'
complete -c postern -n $first -a check -d 'Validate the profiles, and say what each can do'
complete -c postern -n $first -a explain -d 'Say what a profile makes of a request'
complete -c postern -n $first -a suggest -d 'Make a profile of what the log says was seen'
complete -c postern -n $first -a presets -d 'List the shipped presets, or show one'
complete -c postern -n $first -a init -d 'Write a configuration to start with'
complete -c postern -n $first -a import -d 'Make a profile of the settings of another socket proxy'
complete -c postern -n $first -a status -d 'Say how the running postern is, or a door of it'
complete -c postern -n $first -a health -d 'Exit with 0 if it serves, else with 1'
complete -c postern -n $first -a reload -d 'Have it read its configuration anew'
complete -c postern -n $first -a watch -d 'Show decisions as it makes them'

# Their arguments.
complete -c postern -n '__postern_argument explain 1' -a '(__postern_profiles)' -d Profile
complete -c postern -n '__postern_argument watch 1' -a '(__postern_doors)' -d Profile
complete -c postern -n '__postern_argument explain 2' -a 'GET HEAD POST PUT DELETE OPTIONS' -d Method
complete -c postern -n '__postern_argument status 1' -a '(__postern_doors)' -d Profile
complete -c postern -n '__postern_argument suggest 1' -a '(__postern_profiles)' -d Profile
complete -c postern -n '__postern_argument suggest 2' -F
complete -c postern -n '__postern_argument presets 1' -a '(__postern_ask presets --names)' -d Preset
complete -c postern -n '__postern_argument init 1' -a '(__fish_complete_directories)'
complete -c postern -n '__postern_argument import 1' -a 'tecnativa linuxserver wollomatic cetusguard knrdl sockguard' -d Proxy
complete -c postern -n '__postern_argument import 2' -F

# Options, and the commands that have them.
set -l settings '__postern_on run check explain suggest status health reload watch'
complete -c postern -n $settings -s c -l config -r -F -d 'Read this file for postern.ini'
complete -c postern -n $settings -l upstream -r -F -a unix:// -d 'The socket of the daemon'
complete -c postern -n $settings -l directory -x -a '(__fish_complete_directories)' -d 'Where doors are made'
complete -c postern -n $settings -l profiles -x -a '(__fish_complete_directories)' -d 'Where profiles are read'
complete -c postern -n $settings -l user -x -a '(__fish_complete_users)' -d 'Whom root becomes'
complete -c postern -n $settings -l drain -x -a '10s 30s 1m 5m' -d 'What open streams get at a reload'
complete -c postern -n $settings -l metrics-file -r -F -d 'Write metrics to this file'
complete -c postern -n $settings -l log-format -x -a 'logfmt json' -d 'Format of the log'
complete -c postern -n $settings -l audit-file -r -F -d 'Write a line for each request to this file'
complete -c postern -n $settings -l log-level -x -a 'error warning notice info debug' -d 'What is logged'
complete -c postern -n '__postern_on suggest' -l merge -d 'Print a difference to the file'
complete -c postern -n '__postern_on check explain status watch' -l json -d 'Print for programs'
complete -c postern -n '__postern_on check presets' -l names -d 'Print only the names'
complete -c postern -n '__postern_on check' -l no-root -d 'Fail where root can be reached'
complete -c postern -s h -l help -d 'Print a summary'
complete -c postern -s V -l version -d 'Print the version'
