# Completion of this-tests for fish. this-tests completion fish >~/.config/fish/completions/this-tests.fish
set -g __this_tests_words '@WORDS_QUOTED@
_this_tests_words "$1"'

function __this_tests
    set -l words (sh -c "$__this_tests_words" this-tests (commandline --cut-at-cursor | string collect) | string trim --right)
    if set -q words[1]
        printf '%s\n' $words
    else
        __fish_complete_path (commandline --current-token)
    end
end

complete --command this-tests --no-files --keep-order --arguments '(__this_tests)'
