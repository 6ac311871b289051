# SPDX-License-Identifier: Apache-2.0
#
# Derived rows -> an SVG: for each operation that some variant adds to, a group of bars of what was COUNTED (derive.awk), one
# for each variant. Colours are Okabe and Ito's, which people who see few colours can tell apart.
BEGIN {
  FS = "\t"
  split("#999999 #0072b2 #56b4e9 #009e73 #f0e442 #e69f00 #d55e00 #cc79a7 #000000", colour, " ")
  left = 190; bar = 11; gap = 16; width = 640; top = 64
}
$1 ~ /^(kinds|empty|subject|flags|path|full|watched|denying)$/ || $6 !~ /^[0-9]+$/ || $2 == "open, refused" { next }
{
  if (!($1 in variant)) { variant[$1] = ++variants; name[variants] = $1 }
  if (!($2 in operation)) { operation[$2] = ++operations; title[operations] = $2 }
  counted[$1, $2] = $6
  if ($6 > 100) worth[$2] = 1
  if ($6 + 0 > most) most = $6 + 0
}
function grouped(number) { return number >= 1000 ? sprintf("%d,%03d", int(number / 1000), number % 1000) : number }
function scaled(value) { return value > 0 ? value * width / limit : 0 }
function label(x, y, anchor, words) { printf "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n", x, y, anchor, words }
END {
  step = 1000
  while (most / step > 8) step *= step ~ /^2/ ? 2.5 : 2
  limit = step * int(most / step + 1)
  for (o = 1; o <= operations; o++) groups += title[o] in worth
  height = top + groups * (variants * bar + gap) + 30
  printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"11\">\n", left + width + 70, height
  print "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>"
  label(left, 18, "start", "Instructions that the sensor adds to an operation, in the caller")
  for (v = 1; v <= variants; v++) {
    x = left + (v - 1) * 95 - (variants > 7 ? 100 : 0)
    printf "<rect x=\"%d\" y=\"30\" width=\"10\" height=\"10\" fill=\"%s\"/>\n", x, colour[v]
    label(x + 14, 39, "start", name[v])
  }
  for (tick = 0; tick <= limit; tick += step) {
    x = left + scaled(tick)
    printf "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\" stroke=\"#dddddd\"/>\n", x, x, top - 6, height - 24
    label(x, height - 10, "middle", grouped(tick))
  }
  y = top
  for (o = 1; o <= operations; o++) {
    if (!(title[o] in worth)) continue
    label(left - 8, y + variants * bar / 2 + 4, "end", title[o])
    for (v = 1; v <= variants; v++) {
      value = counted[name[v], title[o]]
      printf "<rect x=\"%d\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" fill=\"%s\"><title>%s, %s: %d</title></rect>\n", \
        left, y, scaled(value), bar - 2, colour[v], title[o], name[v], value
      if (value > 100) printf "<text x=\"%.1f\" y=\"%.1f\" font-size=\"9\">%s</text>\n", left + scaled(value) + 3, y + 8, grouped(value)
      y += bar
    }
    y += gap
  }
  print "</svg>"
}
