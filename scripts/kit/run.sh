#!/bin/sh
# Starts one script task:  exec sh "$OPSFLOWS_RELEASE/scripts/kit/run.sh" <module>
#
# A task's process inherits the whole environment of Kestra's server, with every secret that any flow may name. Here it
# keeps the settings and what its own flow passes. That is order, not a wall: whoever may edit flows may also write a
# task that does not start here (docs/security.md).
set -euf
module=${1:?"name the task: run.sh <module>"}
# Words, not lines: nothing is started for it, and a value of several lines needs no care. A word within a value that
# looks like one of these names can at most take away what is taken away in any case.
for word in $(export -p); do
    case $word in
        SECRET_*=* | KESTRA_*=* | MICRONAUT_*=* | DATASOURCES_*=*)
            name=${word%%=*}
            case $name in
                *[!A-Za-z0-9_]*) ;;
                *) unset "$name" ;;
            esac
            ;;
    esac
done
export PYTHONPATH="$OPSFLOWS_RELEASE/scripts"
# exec, so that Kestra's signals reach Python; nice, so that webhooks are acknowledged while pictures are read.
exec nice -n 5 python -m "$module"
