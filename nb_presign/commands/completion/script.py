"""The scripts that teach bash, zsh and fish to complete `jupyter presign`.

All three ask the hidden verb `__complete` for the words that fit, one in a line.
"""

from __future__ import annotations

# bash breaks words at the colon of a reference and at an option's equals sign, so that its own idea
# of words is put aside, and what stands before the last of them is taken off again. What a shell
# would not take as it is (the & between two options of a reference) is escaped, and is sent without
# its backslashes. An earlier completion of `jupyter` is kept for all but `presign`.
_BASH = r"""
_jupyter_presign_words() {
    local line=${COMP_LINE:0:COMP_POINT} words current candidate breaks cut
    read -r -a words <<< "$line"
    words=("${words[@]:$1}")
    [[ $line == *[[:space:]] ]] && words+=("")
    current=${words[${#words[@]}-1]}
    breaks=${COMP_WORDBREAKS//[^:=]/} cut=""
    [[ -n $breaks && $current == *[$breaks]* ]] && cut=${current%"${current##*[$breaks]}"}
    COMPREPLY=()
    while IFS= read -r candidate; do
        printf -v candidate %q "$candidate"
        COMPREPLY+=("${candidate#"$cut"}")
    done < <(jupyter-presign __complete "${words[@]//\\/}" 2>/dev/null)
}
_jupyter_presign() { _jupyter_presign_words 1; }
_jupyter_presign_before=""
if declare -F _jupyter >/dev/null; then _jupyter_presign_before=_jupyter; fi
_jupyter_with_presign() {
    if [[ ${COMP_WORDS[1]} == presign && $COMP_CWORD -gt 1 ]]; then
        _jupyter_presign_words 2
    elif [[ -n $_jupyter_presign_before ]]; then
        "$_jupyter_presign_before" "$@"
    fi
}
complete -F _jupyter_presign jupyter-presign
complete -o default -F _jupyter_with_presign jupyter
"""

_ZSH = r"""
#compdef jupyter-presign
_jupyter_presign() {
    local -a candidates
    candidates=("${(@f)$(jupyter-presign __complete "${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
    compadd -- $candidates
}
_jupyter_with_presign() {
    if [[ $words[2] == presign && CURRENT -gt 2 ]]; then
        shift words
        (( CURRENT-- ))
        _jupyter_presign
    else
        _default
    fi
}
compdef _jupyter_presign jupyter-presign
compdef _jupyter_with_presign jupyter
"""

_FISH = r"""
function __jupyter_presign_complete
    set -l before (commandline -opc)
    set -l skip $argv[1]
    set -e before[1..$skip]
    jupyter-presign __complete $before (commandline -ct) 2>/dev/null
end
complete -c jupyter-presign -f -a '(__jupyter_presign_complete 1)'
complete -c jupyter -n '__fish_seen_subcommand_from presign' -f -a '(__jupyter_presign_complete 2)'
"""

_SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}


def completion_script(shell: str) -> str:
    """Return the script of a shell in `grammar.SHELLS`."""
    return _SCRIPTS[shell].strip()
