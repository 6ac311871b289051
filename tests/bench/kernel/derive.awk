# SPDX-License-Identifier: Apache-2.0
#
# Rows as `guest` left them -> what one operation costs in each variant:
#
#   VARIANT OPERATION BARE WITH ADDED COUNTED HOOKS PROGRAMS SENSOR ALERTS
#
# in instructions for one operation ("-" where it was not measured); ALERTS are for one operation, too.
#
#   ADDED     WITH - BARE, medians of the caller's own instructions
#   PROGRAMS  what the BPF programs themselves took: the kernel's own count of the time in each, without the counting,
#             which is what it says of a program that does nothing
#   HOOKS     what calling them takes: so many times what an empty program adds to an open
#   COUNTED   both together: ADDED from another side, and better where what the kernel does otherwise varies (fork, exec)
#   SENSOR    what the sensor's threads ran for, without what they use when nothing happens
BEGIN { FS = OFS = "\t" }

$1 == "median" {
  median[$2, $3] = $5
  if ($2 !~ /^before / && !(($2, $3) in seen)) {
    seen[$2, $3] = 1
    order[++count] = $2 SUBSEP $3
  }
}
$1 == "operations" { operations[$2, $3] = $5 }
$1 == "sensor" { sensor[$2, $3] = $5 }
$1 == "alerts" { alerts[$2, $3] = $5 }
$1 == "calls" { calls[$2, $3] += $5 }
$1 == "body" { body[$2, $3] += $5 }

function number(text) { return text ~ /^[0-9]+$/ }

END {
  empty = "empty" SUBSEP "open+close"
  counting = calls[empty] ? body[empty] / calls[empty] : 0
  call = median[empty] - median["before empty", "open+close"]
  for (i = 1; i <= count; i++) {
    key = order[i]
    split(key, part, SUBSEP)
    bare = median["before " part[1], part[2]]
    added = counted = hooks = programs = process = shown = "-"
    if (number(bare) && number(median[key])) added = median[key] - bare
    if (operations[key]) {
      programs = sprintf("%.0f", (body[key] - counting * calls[key]) / operations[key])
      hooks = sprintf("%.0f", call * calls[key] / operations[key])
      counted = programs + hooks
      process = sprintf("%.0f", sensor[key] / operations[key])
      shown = alerts[key] / operations[key]
    }
    print part[1], part[2], bare, median[key], added, counted, hooks, programs, process, shown
  }
}
