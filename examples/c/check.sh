#!/bin/sh
# Runs every program of the list in SOURCES, which was built into FOLDER, and compares what it prints with the comment on
# top of its source. The server is a command; a file for the certificate of its authority is added. RUN may be a command to
# run the programs under.
#
# usage: check.sh SOURCES FOLDER SERVER...
set -eu

sources=$1
folder=$2
shift 2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0

main() {
    start_server "$@"
    sed '/^#/d' "$sources/programs" >"$scratch/programs"
    while read -r program host kind <&5; do
        check "$program" "$host" "$(port "$kind")"
    done 5<"$scratch/programs"
    return "$failed"
}

# Starts the server, which ends with its input: when this script does, or something goes wrong.
start_server() {
    mkfifo "$scratch/in" "$scratch/out"
    "$@" "$scratch/ca.pem" <"$scratch/in" >"$scratch/out" &
    exec 3>"$scratch/in" 4<"$scratch/out"
    read -r http_port <&4
    read -r https_port <&4
    read -r refused_port <&4
    export SSL_CERT_FILE="$scratch/ca.pem"
}

port() {
    case $1 in
        http) echo "$http_port" ;;
        https) echo "$https_port" ;;
        *) echo "$refused_port" ;;
    esac
}

# check PROGRAM HOST PORT
check() {
    expected "$sources/$1".c* "$3" >"$scratch/expected"
    run "$@" >"$scratch/printed" || echo "it ends with code $?" >>"$scratch/printed"
    # Programs for Windows end their lines with CR LF.
    if tr -d '\r' <"$scratch/printed" | diff "$scratch/expected" -; then
        echo "ok   $1"
    else
        echo "FAIL $1"
        failed=1
    fi
}

# run PROGRAM HOST PORT
run() {
    program=$folder/$1
    if [ -e "$program.exe" ]; then program=$program.exe; fi
    # RUN is a command with its arguments, so its words are wanted.
    # shellcheck disable=SC2086
    ${RUN:-} "$program" "$2" "$3" 3>&- 4<&- 5<&-
}

# The indented lines of the comment on top, with the port in the place of PORT.
expected() {
    sed -n -e '/\*\//q' -e "s/PORT/$2/g" -e 's/^ \*     //p' "$1"
}

main "$@"
