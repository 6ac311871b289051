// SPDX-License-Identifier: Apache-2.0
#include "exporters/sink/syslog.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <iterator>

#include "exporters/format/fields.h"

namespace picket {
namespace {

constexpr std::string_view kJournalSocket = "/run/systemd/journal/socket", kSyslogSocket = "/dev/log";
constexpr std::string_view kProtocols[] = {"journal", "syslog", "auto"};
constexpr std::string_view kMessageTypes[] = {"alert", "event", "notice"};  // by MessageType

struct Facility {
  std::string_view name;
  unsigned number;
};
constexpr Facility kFacilities[] = {{"user", 1},    {"daemon", 3},  {"auth", 4},    {"authpriv", 10},
                                    {"local0", 16}, {"local1", 17}, {"local2", 18}, {"local3", 19},
                                    {"local4", 20}, {"local5", 21}, {"local6", 22}, {"local7", 23}};
constexpr std::string_view kDefaultFacility = "daemon";

const Facility* find_facility(std::string_view name) {
  const auto* const found = std::find_if(std::begin(kFacilities), std::end(kFacilities),
                                         [name](const Facility& row) { return row.name == name; });
  return found == std::end(kFacilities) ? nullptr : found;
}

// Both count from 0, the most urgent, in the same order.
unsigned severity_of(const Message& message) { return static_cast<unsigned>(message.priority); }

std::string_view without_newline(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  return text;
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  out += name;
  if (value.find('\n') == value.npos) {
    out += '=';
  } else {
    out += '\n';
    for (unsigned shift = 0; shift < 64; shift += 8) out += static_cast<char>(value.size() >> shift & 255);
  }
  out += value;
  out += '\n';
}

// journald takes what is too large for a datagram as a sealed file. Returns an errno.
int send_as_file(int descriptor, std::string_view bytes) {
  const int file = memfd_create("picket-journal", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (file < 0) return errno;
  int error = 0;
  errno = EIO;  // of a write that ends early, which says nothing itself
  const bool sealed = write(file, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) &&
                      fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) == 0;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr header{};
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  cmsghdr* const part = CMSG_FIRSTHDR(&header);
  part->cmsg_level = SOL_SOCKET;
  part->cmsg_type = SCM_RIGHTS;
  part->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(part), &file, sizeof file);
  if (!sealed || sendmsg(descriptor, &header, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) error = errno;
  close(file);
  return error;
}

class SyslogDestination final : public Destination {
 public:
  SyslogDestination(std::string path, bool journal, unsigned facility)
      : socket_(std::move(path), SOCK_DGRAM), journal_(journal), facility_(facility) {}

  std::size_t send(std::span<const Message> messages, Ledger& ledger) override;
  void poll(Ledger& ledger, std::chrono::milliseconds wait) override {
    socket_.get(ledger);
    socket_.wait(wait);
  }
  bool flush(Ledger& /*ledger*/, std::chrono::milliseconds /*wait*/) override { return true; }
  void reopen() override { socket_.reset(); }

 private:
  int send_one(int descriptor, const Message& message);

  LocalSocket socket_;
  const bool journal_;
  const unsigned facility_;
  std::string datagram_;
};

// 0, or why it could not be sent.
int SyslogDestination::send_one(int descriptor, const Message& message) {
  datagram_.clear();
  if (journal_) {
    append_journal_fields(datagram_, message, facility_);
  } else {
    append_syslog_line(datagram_, message, facility_, std::time(nullptr), getpid());
  }
  for (;;) {
    if (::send(descriptor, datagram_.data(), datagram_.size(), MSG_NOSIGNAL | MSG_DONTWAIT) >= 0) return 0;
    if (errno == EMSGSIZE && journal_) return send_as_file(descriptor, datagram_);
    if (errno != EINTR) return errno;
  }
}

std::size_t SyslogDestination::send(std::span<const Message> messages, Ledger& ledger) {
  std::size_t taken = 0;
  while (taken < messages.size()) {
    const int descriptor = socket_.get(ledger);
    if (descriptor < 0) break;
    const int error = send_one(descriptor, messages[taken]);
    if (error == EAGAIN) break;  // offered again when there is room
    if (error == EMSGSIZE) {
      ledger.dropped(DropCause::too_large);
    } else if (error != 0) {
      socket_.lost(error, ledger);
      break;
    } else {
      ledger.delivered(messages.subspan(taken, 1));
      socket_.works(ledger);
    }
    ++taken;
  }
  return taken;
}

bool exists(std::string_view path) { return access(std::string(path).c_str(), F_OK) == 0; }

}  // namespace

void append_journal_fields(std::string& out, const Message& message, unsigned facility) {
  char id[kHexSize];
  put_hex(id, message.id);
  append_field(out, "PRIORITY", std::to_string(severity_of(message)));
  append_field(out, "SYSLOG_FACILITY", std::to_string(facility));
  append_field(out, "SYSLOG_IDENTIFIER", "picket");
  append_field(out, "PICKET_TYPE", kMessageTypes[static_cast<std::size_t>(message.type)]);
  if (message.id != 0) append_field(out, "PICKET_ID", {id, sizeof id});
  append_field(out, "PICKET_RULE", message.rule);
  append_field(out, "PICKET_KIND", message.kind);
  append_field(out, "PICKET_CONTAINER", message.container);
  append_field(out, "PICKET_PROCESS", message.process);
  append_field(out, "MESSAGE", without_newline(message.text));
}

void append_syslog_line(std::string& out, const Message& message, unsigned facility, std::int64_t time, int pid) {
  constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t seconds = time;
  std::tm parts{};
  localtime_r(&seconds, &parts);
  char head[64];
  std::snprintf(head, sizeof head, "<%u>%s %2d %02d:%02d:%02d picket[%d]: ", facility * 8 + severity_of(message),
                kMonths[parts.tm_mon % 12], parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, pid);
  out += head;
  out += without_newline(message.text);
}

Result<void> check_syslog_protocol(std::string_view text) {
  if (std::find(std::begin(kProtocols), std::end(kProtocols), text) != std::end(kProtocols)) return {};
  return expected_instead("journal, syslog or auto", text);
}

Result<void> check_facility(std::string_view text) {
  if (find_facility(text) != nullptr) return {};
  return expected_instead("user, daemon, auth, authpriv or local0 to local7", text);
}

Result<std::unique_ptr<Destination>> make_syslog(const SinkSettings& settings) {
  const std::string_view to = settings.get("to", "auto");
  if (to == "auto" && settings.has("path")) {
    return Error{"path is given, and not what is spoken there", "set to: journal, or to: syslog"};
  }
  const bool journal = to == "journal" || (to == "auto" && exists(kJournalSocket));
  const std::string path(settings.get("path", journal ? kJournalSocket : kSyslogSocket));
  const Facility* const facility = find_facility(settings.get("facility", kDefaultFacility));
  return std::unique_ptr<Destination>(std::make_unique<SyslogDestination>(path, journal, facility->number));
}

}  // namespace picket
