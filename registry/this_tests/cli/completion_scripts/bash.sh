# Completion of this-tests for bash. In ~/.bashrc: eval "$(this-tests completion bash)"
@WORDS@
_this_tests() {
    local line word
    line=${COMP_LINE:0:COMP_POINT}
    word=${line##*[[:space:]]}
    # Readline ends a word at a colon, of which node ids have some, and replaces what is behind it.
    [[ $COMP_WORDBREAKS == *:* && $word == *:* ]] && word=${word%"${word##*:}"} || word=''
    COMPREPLY=()
    while IFS= read -r line; do
        COMPREPLY+=("${line#"$word"}")
    done < <(_this_tests_words "$line")
}
complete -o nospace -o default -F _this_tests this-tests
