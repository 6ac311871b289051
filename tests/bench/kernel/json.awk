# SPDX-License-Identifier: Apache-2.0
#
# Derived rows and then the rows of `guest` -> results.json. Its form is in docs/performance.md.
BEGIN {
  FS = "\t"
  figures = split("bare with added counted hooks programs sensor alerts", figure, " ")
}

function text(field) { gsub(/["\\]/, "\\\\&", field); return "\"" field "\"" }
function value(field) { return field ~ /^-?[0-9.]+$/ ? field : field == "-" ? "null" : text(field) }

FNR == 1 && NR == 1 {
  printf "{\n\"schema\": \"picket.bench.kernel.v1\",\n\"commit\": %s,\n\"kernel\": %s,\n\"increments\": [", \
    text(commit), text(release)
}
FNR == 1 && NR != 1 { printf "\n],\n\"rows\": [" }
FNR == NR {
  printf "%s\n{\"variant\": %s, \"operation\": %s", FNR == 1 ? "" : ",", text($1), text($2)
  for (i = 1; i <= figures; i++) printf ", \"%s\": %s", figure[i], value($(i + 2))
  printf "}"
  next
}
{
  printf "%s\n{\"metric\": %s, \"variant\": %s, \"operation\": %s, \"detail\": %s, \"value\": %s}", \
    FNR == 1 ? "" : ",", text($1), text($2), text($3), text($4), value($5)
}
END { print "\n]\n}" }
