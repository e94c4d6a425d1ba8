#!/bin/sh
# Runs every program of this folder that was built into FOLDER, and compares what it prints with the comment on top of its
# source. The server is a command; a file for the certificate of its authority is added. RUN may be a command to run the
# programs under.
#
# usage: check.sh FOLDER SERVER...
set -eu

folder=$1
shift
sources=$(dirname "$0")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0

main() {
    start_server "$@"
    check sessions_overview localhost "$https_port"
    check post 127.0.0.1 "$http_port"
    check headers 127.0.0.1 "$http_port"
    check crack 127.0.0.1 "$http_port"
    check callback 127.0.0.1 "$http_port"
    check close_order 127.0.0.1 "$http_port"
    check errors 127.0.0.1 "$refused_port"
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

# check PROGRAM HOST PORT
check() {
    expected "$sources/$1".c* "$3" >"$scratch/expected"
    # RUN is a command with its arguments, so its words are wanted.
    # shellcheck disable=SC2086
    if ${RUN:-} "$folder/$1" "$2" "$3" >"$scratch/printed" 3>&- 4<&- &&
        diff "$scratch/expected" "$scratch/printed"; then
        echo "ok   $1"
    else
        echo "FAIL $1"
        failed=1
    fi
}

# The indented lines of the comment on top, with the port in the place of PORT.
expected() {
    sed -n -e '/\*\//q' -e "s/PORT/$2/g" -e 's/^ \*     //p' "$1"
}

main "$@"
