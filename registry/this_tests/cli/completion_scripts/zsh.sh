#compdef this-tests
# Completion of this-tests for zsh. In ~/.zshrc, after compinit: eval "$(this-tests completion zsh)"
@WORDS@
_this_tests() {
    local typed="${(j: :)words[1,CURRENT-1]} $PREFIX" line
    local -a whole parts
    for line in ${(f)"$(emulate sh; _this_tests_words "$typed")"}; do
        if [[ $line == *' ' ]]; then whole+=("${line% }"); else parts+=("$line"); fi
    done
    (( $#whole )) && compadd -- $whole
    (( $#parts )) && compadd -S '' -- $parts
    (( $#whole + $#parts )) || _files
}
(( $+functions[compdef] )) && compdef _this_tests this-tests
