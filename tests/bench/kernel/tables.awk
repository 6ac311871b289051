# SPDX-License-Identifier: Apache-2.0
#
# tables.awk TARGETS DERIVED ROWS: the tables of docs/performance.md. What is in DERIVED says derive.awk, what is in ROWS
# `guest`.
BEGIN {
  split("added counted hooks programs sensor alerts", words, " ")
  split("getpid stat read write", quiet, " ")
}

FILENAME == ARGV[1] {
  if ($0 ~ /^#/ || $0 == "") next
  fields = split($0, field, / *[|] */)
  for (i = 1; i <= fields; i++) target[targets + 1, i] = field[i]
  targets++
  next
}
FILENAME == ARGV[2] {
  split($0, field, "\t")
  variant = field[1]
  operation = field[2]
  for (i in words) figure[variant, operation, words[i]] = field[i + 4]
  bare[variant, operation] = field[3]
  with[variant, operation] = field[4]
  if (!(variant in variants)) { variants[variant] = 1; variant_list[++variant_count] = variant }
  if (variant == "kinds") kinds[++kind_count] = operation
  if (variant != "kinds" && operation != "open, refused" && !(operation in known)) {
    known[operation] = 1
    operations[++operation_count] = operation
  }
  if (variant != "kinds" && field[3] ~ /^[0-9]+$/) {
    if (!((operation) in least) || field[3] < least[operation]) least[operation] = field[3] + 0
    if (!((operation) in most) || field[3] > most[operation]) most[operation] = field[3] + 0
  }
  next
}
{
  split($0, field, "\t")
  if (field[1] == "start" || field[1] == "memory") system_figure[field[2], field[4]] = field[5]
  if (field[1] == "idle") system_figure[field[2], "idle"] = field[5]
}

# 1234567 -> 1,234,567; what is no number as it is.
function grouped(number,    sign, text) {
  if (number !~ /^-?[0-9.]+$/) return number == "" ? "-" : number
  sign = number < 0 ? "-" : ""
  number = sprintf("%.0f", number < 0 ? -number : number)
  while (length(number) > 3) {
    text = "," substr(number, length(number) - 2) text
    number = substr(number, 1, length(number) - 3)
  }
  return sign number text
}
function mebibytes(bytes) { return sprintf("%.1f MiB", bytes / 1048576) }
function noise(operation) { return most[operation] - least[operation] }

# What the sensor seems to use for operations that make no events: its own timers.
function sensor_noise(variant,    i, largest) {
  for (i in quiet) if (figure[variant, quiet[i], "sensor"] > largest) largest = figure[variant, quiet[i], "sensor"]
  return largest + 0
}

function stock() { return "falco" in variants ? "falco" : "builtin" }

function measured(variant, operation, what,    base) {
  if (what ~ / growth$/) {
    sub(/ growth$/, "", what)
    base = figure["matching-10", operation, what]
    return base > 0 ? sprintf("%.1f", 100 * (figure[variant, operation, what] - base) / base) : "-"
  }
  return operation == "-" ? system_figure[variant, what] : figure[variant, operation, what]
}
function shown(value, what) {
  if (value !~ /^-?[0-9.]+$/) return "-"
  if (what ~ / growth$/) return value " %"
  if (what == "resident" || what == "maps") return mebibytes(value)
  return grouped(value)
}
function caption(what) {
  sub(/ growth$/, ", more", what)
  return what == "process" ? "instructions" : what == "resident" || what == "maps" ? "memory" : what
}

function target_table(    i, variant, value, limit, slack) {
  print "| target | of what | at most | measured | |\n| --- | --- | ---: | ---: | --- |"
  for (i = 1; i <= targets; i++) {
    variant = target[i, 2] == "stock" ? stock() : target[i, 2]
    value = measured(variant, target[i, 3], target[i, 4])
    limit = target[i, 5]
    slack = target[i, 4] == "added" ? noise(target[i, 3]) : target[i, 4] == "sensor" ? sensor_noise(variant) : 0
    printf "| %s | %s | %s | %s | %s |\n", target[i, 1], caption(target[i, 4]), shown(limit, target[i, 4]), shown(value, target[i, 4]), \
      value !~ /^-?[0-9.]+$/ ? "not measured" : value + 0 <= limit + slack ? "met" : "**not met**"
  }
}

function is_increment(variant) { return variant !~ /^(kinds|empty|subject|flags|path|full)$/ }

function increment_table(what,    i, j) {
  printf "| operation |%s", what == "added" ? " without | noise |" : ""
  for (i = 1; i <= variant_count; i++) if (is_increment(variant_list[i])) printf " %s |", variant_list[i]
  printf "\n| --- |%s", what == "added" ? " ---: | ---: |" : ""
  for (i = 1; i <= variant_count; i++) if (is_increment(variant_list[i])) printf " ---: |"
  print ""
  for (j = 1; j <= operation_count; j++) {
    printf "| %s |", operations[j]
    if (what == "added") printf " %s | %s |", grouped(least[operations[j]]), grouped(noise(operations[j]))
    for (i = 1; i <= variant_count; i++)
      if (is_increment(variant_list[i])) printf " %s |", grouped(figure[variant_list[i], operations[j], what])
    print ""
  }
}

function split_columns(variant, operation,    i) {
  for (i = 1; i <= 4; i++) printf " %s |", grouped(figure[variant, operation, words[i]])
}
function split_table(    j) {
  print "| operation | added by `mixed-10` | counted | hooks | programs | added by `matching-10` | counted | hooks | programs | alerts |"
  print "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
  for (j = 1; j <= operation_count; j++) {
    if (figure["mixed-10", operations[j], "programs"] == 0 && figure["matching-10", operations[j], "programs"] == 0) continue
    printf "| %s |", operations[j]
    split_columns("mixed-10", operations[j])
    split_columns("matching-10", operations[j])
    printf " %.2f |\n", figure["matching-10", operations[j], "alerts"]
  }
}

function stage(variant, title) {
  printf "| %s | %s | %s |\n", title, grouped(figure[variant, "open+close", "added"]), grouped(figure[variant, "open+close", "sensor"])
}
function stage_table() {
  print "| an open+close, with | added | sensor |\n| --- | ---: | ---: |"
  stage("empty", "a program on the hook that does nothing")
  stage("idle", "the sensor, without a rule about opens")
  stage("subject", "10 rules that who opens decides (`subject`)")
  stage("flags", "10 rules that what it is opened for decides (`flags`)")
  stage("path", "10 rules that the path decides (`path`)")
  stage("matching-10", "a rule that matches (`matching-10`)")
  stage("full", "the same, with full buffers: the record is counted and not made (`full`)")
}

function system_table(    i, variant) {
  print "| variant | until ready | idle, per second | resident | maps | programs |"
  print "| --- | ---: | ---: | ---: | ---: | ---: |"
  for (i = 1; i <= variant_count; i++) {
    variant = variant_list[i]
    if (!((variant, "resident") in system_figure)) continue
    printf "| %s | %s | %s | %s | %s | %s |\n", variant, grouped(system_figure[variant, "process"]), \
      grouped(system_figure[variant, "idle"]), \
      mebibytes(system_figure[variant, "resident"]), mebibytes(system_figure[variant, "maps"]), mebibytes(system_figure[variant, "programs"])
  }
}

function kind_table(    i) {
  print "| operation | without | added |\n| --- | ---: | ---: |"
  for (i = 1; i <= kind_count; i++) {
    if (kinds[i] in listed) continue
    listed[kinds[i]] = 1
    printf "| %s | %s | %s |\n", kinds[i], grouped(bare["kinds", kinds[i]]), grouped(figure["kinds", kinds[i], "added"])
  }
}

function denying_table() {
  if (!("denying" in variants)) {
    print "Not measured: " (missing == "" ? "no denying rule was loaded" : missing) "."
    return
  }
  print "| operation | allowed | refused |\n| --- | ---: | ---: |"
  printf "| open | %s | %s |\n", grouped(bare["denying", "open, refused"]), grouped(with["denying", "open, refused"])
}

END {
  print "\nMeasured on " release " at commit " commit ".\n\n### Against the targets\n"
  target_table()
  print "\n### What the caller pays\n"
  increment_table("added")
  print "\n### What the sensor's process uses for one operation\n"
  increment_table("sensor")
  print "\n### Hooks and programs\n"
  split_table()
  print "\n### Stages of an open\n"
  stage_table()
  print "\n### A denying rule\n"
  denying_table()
  print "\n### Start and memory\n"
  system_table()
  print "\n### Every hook attached\n"
  kind_table()
  print ""
}
