#!/bin/sh
# Stands for a training: reads what to train, and writes how good it is.
# $1 is the request and $2 where the result belongs, both JSON.
set -eu

# The value of a name in `choices_by_name`; nothing where the space does not ask for it.
chosen() {
    tr -d ' \n' < "$1" | sed -n 's/.*"choices_by_name":{\([^}]*\)}.*/\1/p' |
        tr ',' '\n' | sed -n "s/^\"$2\":\"\{0,1\}\([^\"]*\)\"\{0,1\}$/\1/p"
}

trial=$(tr -d ' \n' < "$1" | sed -n 's/.*"trial":\([0-9]*\).*/\1/p')
rate=$(chosen "$1" learning_rate)
optimiser=$(chosen "$1" optimiser)
momentum=$(chosen "$1" momentum)
layers=$(chosen "$1" layers)
echo "trains $layers layers by $optimiser at $rate"

# What it prints goes to the trial's log. Put your own training in the place of the next command.
value=$(awk -v rate="$rate" -v kind="$optimiser" -v momentum="${momentum:-0.9}" -v layers="$layers" 'BEGIN {
    distance = log(rate / (kind == "sgd" ? 0.03 : 0.002)) / log(10)
    print 92 - 6 * distance ^ 2 - (layers - 4) ^ 2 - 8 * (momentum - 0.9) ^ 2
}')

# Written under another name first, so that half a result is never read.
printf '{"trial": %s, "objective": %s, "metrics": {"layers": %s}}\n' "$trial" "$value" "$layers" > "$2.half"
mv "$2.half" "$2"
