// SPDX-License-Identifier: Apache-2.0
//
// Fields, modifiers and values of one detection item.
#include <gtest/gtest.h>

#include "tests/unit/rules/sigma/convert.h"

namespace picket::sigma::test {
namespace {

struct Row {
  const char* item;      // YAML, in a map
  const char* expected;  // the condition, or "LINE:COLUMN: message"
};

void check(const Row& row, const std::string& actual) { EXPECT_EQ(actual, row.expected) << row.item; }

const Row kTexts[] = {
    {"Image: /bin/Sh", "tolower(proc.exepath) = \"/bin/sh\""},
    {"Image: [/bin/sh, /bin/BASH]", "tolower(proc.exepath) in (\"/bin/sh\", \"/bin/bash\")"},
    {"Image|endswith: /sh", "tolower(proc.exepath) endswith \"/sh\""},
    {"Image|endswith: [/sh, /ash]", "tolower(proc.exepath) endswith anyof (\"/sh\", \"/ash\")"},
    {"CommandLine|startswith: 'curl '", "tolower(proc.exeline) startswith \"curl \""},
    {"CommandLine|contains: ' -X '", "tolower(proc.exeline) contains \" -x \""},
    {"CommandLine|contains|all: [a, b]", "tolower(proc.exeline) contains allof (\"a\", \"b\")"},
    {"CommandLine|all: [a, b]", "tolower(proc.exeline) = \"a\" and tolower(proc.exeline) = \"b\""},
    {"CommandLine|cased|contains: Ab", "proc.exeline contains \"Ab\""},
    {"CommandLine: 4711", "tolower(proc.exeline) = \"4711\""},
    {"ParentCommandLine|contains: x", "tolower(proc.pexeline) contains \"x\""},
    {"GrandParentImage: /sbin/init", "tolower(proc.aexepath[2]) = \"/sbin/init\""},
    {"CommandLine: 'a\"b\\c'", "tolower(proc.exeline) = \"a\\\"b\\\\c\""},
    // Wildcards.
    {"CommandLine: '*'", "proc.exeline exists"},
    {"CommandLine: '*x*'", "tolower(proc.exeline) contains \"x\""},
    {"CommandLine: 'x*'", "tolower(proc.exeline) startswith \"x\""},
    {"CommandLine: '*x'", "tolower(proc.exeline) endswith \"x\""},
    {"CommandLine: 'a*B[c'", "tolower(proc.exeline) glob \"a*b\\\\[c\""},
    {"CommandLine|contains: 'a*b'", "tolower(proc.exeline) glob \"*a*b*\""},
    {"CommandLine|contains: '*a*'", "tolower(proc.exeline) contains \"a\""},
    {"CommandLine: 'a?'", "proc.exeline regex \"[aA](.|\\\\n)\""},
    {"CommandLine|cased: '?.*'", "proc.exeline regex \"(.|\\\\n)\\\\.(.|\\\\n)*\""},
    {R"(CommandLine: 'a\*')", "tolower(proc.exeline) = \"a*\""},
    {R"(CommandLine: 'a\\*')", R"(tolower(proc.exeline) startswith "a\x5c")"},
    {R"(CommandLine: 'a\\\*')", R"(tolower(proc.exeline) = "a\\*")"},
    {R"(CommandLine: 'a\?b\c\')", R"(tolower(proc.exeline) = "a?b\\c\x5c")"},
    {R"(CommandLine: 'a\\\\b')", R"(tolower(proc.exeline) = "a\\\\b")"},
    // Shapes stand side by side; what stands twice is asked once.
    {"CommandLine: [a, b*, 'a']", "(tolower(proc.exeline) = \"a\" or tolower(proc.exeline) startswith \"b\")"},
    {"CommandLine|all: ['*a*', 'b*']",
     "tolower(proc.exeline) startswith \"b\" and tolower(proc.exeline) contains \"a\""},
    // Nothing.
    {"ParentImage: null", "not proc.pexepath exists"},
    {"ParentImage: ''", "not proc.pexepath exists"},
    {"ParentImage: [null, /x]", "(not proc.pexepath exists or tolower(proc.pexepath) = \"/x\")"},
    {"ParentImage|exists: true", "proc.pexepath exists"},
    {"ParentImage|exists: false", "not proc.pexepath exists"},
    {"Image|neq: /bin/sh", "not tolower(proc.exepath) = \"/bin/sh\""},
    // Encodings.
    {"CommandLine|base64|contains: foo", "tolower(proc.exeline) contains \"zm9v\""},
    {"CommandLine|base64|cased|contains: foo!", "proc.exeline contains \"Zm9vIQ==\""},
    {"CommandLine|base64offset|cased|contains: foobar",
     "proc.exeline contains anyof (\"Zm9vYmFy\", \"Zvb2Jhc\", \"mb29iYX\")"},
    {"CommandLine|wide|base64offset|cased|contains: Net",
     "proc.exeline contains anyof (\"TgBlAHQA\", \"4AZQB0A\", \"OAGUAdA\")"},
    {"CommandLine|utf16be|base64|cased: a", "proc.exeline = \"AGE=\""},
    {"CommandLine|utf16|base64|cased: a", "proc.exeline = \"//5hAA==\""},
    {"CommandLine|windash|contains: ' -p'",
     "tolower(proc.exeline) contains anyof (\" -p\", \" /p\", \" \xe2\x80\x93p\", \" \xe2\x80\x94p\", \" "
     "\xe2\x80\x95p\")"},
    {"CommandLine|windash|contains: 'a-b -'", "tolower(proc.exeline) contains \"a-b -\""},
    // Regular expressions.
    {"CommandLine|re: 'a+b'", "proc.exeline regex \"(.|\\\\n)*a+b(.|\\\\n)*\""},
    {"CommandLine|re|i: [^a$, ^b$]", "proc.exeline regex anyof (\"[aA]\\\\n?\", \"[bB]\\\\n?\")"},
    // Other fields.
    {"CommandLine|fieldref: ParentCommandLine", "tolower(proc.exeline) = tolower(proc.pexeline)"},
    {"CommandLine|cased|fieldref|contains: Image", "proc.exeline contains val(proc.exepath)"},
    {"CommandLine|fieldref|neq: ParentCommandLine", "not tolower(proc.exeline) = tolower(proc.pexeline)"},
    // Numbers.
    {"ProcessId: 7", "proc.pid = 7"},
    {"ProcessId: [7, 0x10]", "proc.pid in (7, 0x10)"},
    {"ParentProcessId: null", "not proc.ppid exists"},
    {"ProcessId|lt: 300", "proc.pid < 300"},
    {"ProcessId|lte: 300", "proc.pid <= 300"},
    {"ProcessId|gt: 300", "proc.pid > 300"},
    {"ProcessId|gte: 300", "proc.pid >= 300"},
    {"ProcessId|neq: 300", "not proc.pid = 300"},
    {"ProcessId|fieldref: ParentProcessId", "proc.pid = val(proc.ppid)"},
};

TEST(SigmaValues, AreConverted) {
  for (const Row& row : kTexts) {
    check(row, of_process("  s:\n    " + std::string(row.item) + "\n  condition: s\n"));
  }
}

// All stand at line 5, from column 5 on.
const Row kRefused[] = {
    {"Hashes|contains: x", "5:5: 'T' is not converted: there is no field for 'Hashes': hashes are not converted"},
    {"Imgae: x", "5:5: 'T' is not converted: Picket has no field for 'Imgae' of this log source"},
    {"Image|expand: '%x%'",
     "5:11: 'T' is not converted: modifier 'expand': nobody says here what its placeholders stand for"},
    {"Image|hour: 3", "5:11: 'T' is not converted: modifier 'hour': events have no field of parts of a date"},
    {"Image|contans: x", "5:11: error: 'T': unknown modifier 'contans'"},
    {"Image|re|cidr: x", "5:14: error: 'T': these modifiers do not go together"},
    {"Image|contains|re: x", "5:5: error: 'T': these modifiers do not go together"},
    {"Image|i: x", "5:5: error: 'T': 'i', 'm' and 's' are about regular expressions: they follow 're'"},
    {"Image: \xc3\x84", "5:12: 'T' is not converted: letters beyond ASCII cannot be compared without regard to case"},
    {"Image: \"a\\0\"", "5:13: 'T' is not converted: no text of an event has a NUL byte"},
    {"Image|wide: ab", "5:17: 'T' is not converted: no text of an event has a NUL byte"},
    {"Image|base64: 'a*'", "5:20: 'T' is not converted: a text with wildcards cannot be encoded in Base64"},
    {"Image|base64offset: ''", "5:25: 'T' is not converted: the text is too short to be recognised in Base64"},
    {"Image|windash: '-a -b -c -d -e'",
     "5:21: 'T' is not converted: a text with more than four dashes has too many spellings"},
    {"Image|gt: 5",
     "5:15: 'T' is not converted: 'Image' is of type 'text' here; only numbers are below or above others"},
    {"Image|cidr: 10.0.0.0/8", "5:17: 'T' is not converted: 'Image' is no address here"},
    {"Image|exists: maybe", "5:19: error: 'T': 'exists' takes true or false"},
    {"Image|contains: null", "5:21: error: 'T': these modifiers need a value, not null"},
    {"Image: []", "5:12: error: 'T': a list without values"},
    {"Image: {a: b}", "5:12: error: 'T': a value must be a text, a number or null"},
    {"ProcessId: abc", "5:16: 'T' is not converted: 'ProcessId' takes a whole number from 0 on, decimal or 0x... here"},
    {"ProcessId|gt: 1.5",
     "5:19: 'T' is not converted: 'ProcessId' takes a whole number from 0 on, decimal or 0x... here"},
    {"ProcessId|re: 1",
     "5:19: 'T' is not converted: 'ProcessId' is of type 'unsigned number' here, and a regular expression is about "
     "texts"},
    {"Image|re: '(?=a)'",
     "5:16: 'T' is not converted: the regular expression: '(?=' has no counterpart (look-around, names, atomic "
     "groups)"},
    {"Image|fieldref: ProcessId", "5:21: 'T' is not converted: 'Image' and 'ProcessId' are of different types here"},
    {"Image|fieldref: Nothing", "5:21: 'T' is not converted: Picket has no field for 'Nothing' of this log source"},
    {"'': x", "5:5: 'T' is not converted: keywords are looked for in a log message, and events are none"},
    {"'|all': [x, y]", "5:6: 'T' is not converted: keywords are looked for in a log message, and events are none"},
};

TEST(SigmaValues, AreRefusedWithTheReason) {
  for (const Row& row : kRefused) {
    check(row, of_process("  s:\n    " + std::string(row.item) + "\n  condition: s\n"));
  }
}

}  // namespace
}  // namespace picket::sigma::test
