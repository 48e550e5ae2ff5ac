# Prints what may complete a command line of this-tests, one a line, with a blank behind what is whole.
# No Python is started for it: what it knows of a project is kept, and renewed in the background.

# LINE: the command line up to the cursor.
_this_tests_words() {
    local current line verb previous words kind word
    current=${1##*[[:space:]]}
    line=${1%"$current"}
    set -f
    set -- $line
    verb=${2-}
    for word in "$@"; do previous=$word; done
    words='' kind=''
    case "$verb $previous" in
    *" --since") kind=revisions ;;
@VALUES@
    *)
        case "$current $verb" in
        *" ") words='@VERBS@' ;;
@OPTIONS@
@ARGUMENTS@
        esac
        ;;
    esac
    case "$kind" in
    callables) _this_tests_names callables '[.]' "$current" ;;
    tests) _this_tests_names tests '/|::' "$current" ;;
    revisions) words=$(git for-each-ref --format='%(refname:short)' refs/heads refs/tags refs/remotes 2>/dev/null) ;;
    esac
    for word in $words; do
        case "$word" in
        "$current"*) printf '%s \n' "$word" ;;
        esac
    done
}

# KIND SEPARATOR WORD: the callables or tests that begin with WORD, up to the next separator.
_this_tests_names() {
    local root folder file
    root=$PWD
    while [ ! -e "$root/pyproject.toml" ]; do
        [ -n "$root" ] || return 0
        root=${root%/*}
    done
    folder=${XDG_CACHE_HOME:-$HOME/.cache}/this-tests
    file=$folder/$1-$(printf '%s' "$root" | cksum | tr ' ' '-')
    if [ ! -e "$file" ]; then
        _this_tests_keep "$1" "$folder" "$file"
    elif [ "$root/test_registry.json" -nt "$file" ] || [ "$root/test_observations" -nt "$file" ] ||
        [ ! -e "$root/test_registry.json" ]; then
        (_this_tests_keep "$1" "$folder" "$file" &)
    fi
    [ ! -e "$file" ] || WORD=$3 SEPARATOR=$2 LC_ALL=C awk '
        BEGIN { word = ENVIRON["WORD"]; separator = ENVIRON["SEPARATOR"] }
        index($0, word) == 1 && !/ / {
            rest = substr($0, length(word) + 1)
            part = match(rest, separator) ? word substr(rest, 1, RSTART + RLENGTH - 1) : $0 " "
            if (!seen[part]++) print part
        }' "$file"
}

# KIND FOLDER FILE
_this_tests_keep() {
    mkdir -p "$2" && this-tests completion "$1" >"$3.new" </dev/null
    if [ -s "$3.new" ]; then mv -f "$3.new" "$3"; else rm -f "$3.new"; fi
} >/dev/null 2>&1
