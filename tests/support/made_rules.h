// SPDX-License-Identifier: Apache-2.0
//
// Rule files of any length, as people write them: macros, lists, names, paths, fragments of command lines, expressions,
// addresses. No two rules ask for the same thing, so that an event matches as many of 10,000 rules as of 100: none, or
// the last one when it executes grep.
#pragma once

#include <array>
#include <random>
#include <string>

namespace picket::test {

class MadeRules {
 public:
  // The same rules for the same number, and the first ones of more are those of fewer.
  std::string yaml(int count) {
    std::string text = kDefinitions;
    for (int number = 0; number < count; ++number) {
      text += "- rule: Made " + std::to_string(number) + "\n  desc: d\n  condition: " + condition(number) +
              "\n  output: Found (user=%user.name command=%proc.cmdline file=%fd.name)\n  priority: WARNING\n";
    }
    return text + "- rule: Last\n  desc: d\n  condition: spawned and proc.name = grep\n  output: x\n  priority: INFO\n";
  }

 private:
  static constexpr const char* kDefinitions = R"(
- macro: spawned
  condition: (evt.type in (execve, execveat))
- macro: open_write
  condition: (evt.type in (open, openat, openat2) and evt.is_open_write = true and fd.typechar = 'f' and fd.num >= 0)
- macro: open_read
  condition: (evt.type in (open, openat, openat2) and evt.is_open_read = true and fd.typechar = 'f' and fd.num >= 0)
- macro: outbound
  condition: (evt.type = connect and fd.typechar in (4, 6) and fd.l4proto in (tcp, udp))
- list: shells
  items: [ash, bash, csh, ksh, sh, tcsh, zsh, dash]
- list: machinery
  items: [systemd, dockerd, containerd, runc, crio, kubelet]
)";

  std::string word() {
    std::string text;
    for (int left = 5 + static_cast<int>(random_() % 8); left > 0; --left) {
      text += static_cast<char>('a' + random_() % 26);
    }
    return text;
  }
  std::string number(unsigned below) { return std::to_string(random_() % below); }

  std::string condition(int form) {
    switch (form % 12) {
      case 0:
        return "spawned and proc.name in (" + word() + ", " + word() + ", " + word() +
               ") and not proc.pname in (machinery)";
      case 1:
        return "spawned and proc.cmdline contains \"" + word() + " -" + word() + "\" and not proc.aname in (machinery)";
      case 2:
        return "spawned and proc.name in (shells) and proc.cmdline contains " + word() + word();
      case 3:
        return "open_write and fd.name startswith /" + word() + "/" + word() + " and not proc.name in (machinery)";
      case 4:
        return "open_read and fd.name in (/etc/" + word() + ", /var/" + word() + "/" + word() + ", /usr/" + word() +
               ")";
      case 5:
        return "open_write and fd.name endswith /" + word() + "." + word() + " and user.uid != 0";
      case 6:
        return "open_read and fd.name pmatch (/" + word() + "/" + word() + ", /opt/" + word() + ")";
      case 7:
        return "open_write and fd.name glob '/home/*/." + word() + "/*'";
      case 8:
        return "spawned and proc.cmdline regex '.*" + word() + "[0-9]+.*'";
      case 9:
        return "outbound and fd.sip = \"10." + number(256) + "." + number(256) + "." + number(256) + "\"";
      case 10:
        return "outbound and fd.sport in (" + number(65536) + ", " + number(65536) + ") and proc.exepath = /usr/bin/" +
               word();
      default:
        return "spawned and proc.exepath = /usr/local/" + word() + " and (proc.args icontains " + word() +
               " or proc.pname = " + word() + ")";
    }
  }

  std::mt19937 random_{7};
};

}  // namespace picket::test
