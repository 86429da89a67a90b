#!/bin/sh
# What PBS says of job $1, in a word: running, success or failed. PBS must remember jobs that have ended
# (`job_history_enable`): of one that it does not know, nobody can say how it ended.
answer=$(qstat -x -f "$1" 2>/dev/null)
case $? in
    0) ;;
    153) echo failed; exit ;;  # unknown job
    *) echo running; exit ;;   # no answer just now
esac
field() { printf '%s\n' "$answer" | sed -n "s/^ *$1 = //p"; }
case $(field job_state) in
    F | C | X) if [ "$(field Exit_status)" = 0 ]; then echo success; else echo failed; fi ;;
    *) echo running ;;
esac
