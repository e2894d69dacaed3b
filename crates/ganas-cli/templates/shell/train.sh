#!/bin/sh
# A stand-in for a training script: reads the choices and writes a score.
# $1 is the path of the request, $2 the path for the result; both files are JSON.
set -eu

# Prints the value of a name in `choices_by_name`, or nothing if the name is missing.
chosen() {
    tr -d ' \n' < "$1" | sed -n 's/.*"choices_by_name":{\([^}]*\)}.*/\1/p' |
        tr ',' '\n' | sed -n "s/^\"$2\":\"\{0,1\}\([^\"]*\)\"\{0,1\}$/\1/p"
}

trial=$(tr -d ' \n' < "$1" | sed -n 's/.*"trial":\([0-9]*\).*/\1/p')
rate=$(chosen "$1" learning_rate)
optimiser=$(chosen "$1" optimiser)
momentum=$(chosen "$1" momentum)
layers=$(chosen "$1" layers)
echo "training $layers layers with $optimiser, learning rate $rate"

# The output goes to the trial's log. Replace the next command with your own training.
value=$(awk -v rate="$rate" -v kind="$optimiser" -v momentum="${momentum:-0.9}" -v layers="$layers" 'BEGIN {
    distance = log(rate / (kind == "sgd" ? 0.03 : 0.002)) / log(10)
    print 92 - 6 * distance ^ 2 - (layers - 4) ^ 2 - 8 * (momentum - 0.9) ^ 2
}')

# Written under another name first, so that an incomplete result is never read.
printf '{"trial": %s, "objective": %s, "metrics": {"layers": %s}}\n' "$trial" "$value" "$layers" > "$2.half"
mv "$2.half" "$2"
