// SPDX-License-Identifier: Apache-2.0
//
// The tables. Numbers that differ between architectures come from the headers, the others are written as they are.
#include "rules/event/number_names.h"

#include <linux/fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "bpf/shared/wire.h"

namespace picket {
namespace {

constexpr std::uint64_t kWhole = ~std::uint64_t{0};

constexpr NumberName bit(unsigned number, std::string_view name) {
  return {std::uint64_t{1} << number, std::uint64_t{1} << number, name};
}

#define FLAG(name) \
  { name, name, #name }

constexpr NumberName kOpen[] = {
    {O_ACCMODE, O_RDONLY, "O_RDONLY"},
    {O_ACCMODE, O_WRONLY, "O_WRONLY"},
    {O_ACCMODE, O_RDWR, "O_RDWR"},
    FLAG(O_CREAT),
    FLAG(O_EXCL),
    FLAG(O_TRUNC),
    FLAG(O_APPEND),
    FLAG(O_NONBLOCK),
    {O_SYNC, O_DSYNC, "O_DSYNC"},
    FLAG(O_SYNC),
    FLAG(O_DIRECT),
    {O_TMPFILE, O_DIRECTORY, "O_DIRECTORY"},
    FLAG(O_TMPFILE),
    FLAG(O_NOFOLLOW),
    FLAG(O_NOATIME),
    FLAG(O_NOCTTY),
    FLAG(O_CLOEXEC),
    FLAG(O_PATH),
};

#undef FLAG

constexpr NumberName kModeBits[] = {
    bit(11, "S_ISUID"), bit(10, "S_ISGID"), bit(9, "S_ISVTX"), bit(8, "S_IRUSR"), bit(7, "S_IWUSR"), bit(6, "S_IXUSR"),
    bit(5, "S_IRGRP"),  bit(4, "S_IWGRP"),  bit(3, "S_IXGRP"), bit(2, "S_IROTH"), bit(1, "S_IWOTH"), bit(0, "S_IXOTH"),
};

// Those that Falco has a name for.
constexpr NumberName kExe[] = {
    {PK_EXE_writable, PK_EXE_writable, "EXE_WRITABLE"},
    {PK_EXE_upper_layer, PK_EXE_upper_layer, "EXE_UPPER_LAYER"},
    {PK_EXE_memfd, PK_EXE_memfd, "EXE_FROM_MEMFD"},
    {PK_EXE_lower_layer, PK_EXE_lower_layer, "EXE_LOWER_LAYER"},
};

constexpr NumberName kClone[] = {
    bit(7, "CLONE_NEWTIME"),    bit(8, "CLONE_VM"),      bit(9, "CLONE_FS"),      bit(10, "CLONE_FILES"),
    bit(11, "CLONE_SIGHAND"),   bit(16, "CLONE_THREAD"), bit(17, "CLONE_NEWNS"),  bit(18, "CLONE_SYSVSEM"),
    bit(25, "CLONE_NEWCGROUP"), bit(26, "CLONE_NEWUTS"), bit(27, "CLONE_NEWIPC"), bit(28, "CLONE_NEWUSER"),
    bit(29, "CLONE_NEWPID"),    bit(30, "CLONE_NEWNET"), bit(31, "CLONE_IO"),
};

constexpr NumberName kMount[] = {
    bit(0, "RDONLY"),      bit(1, "NOSUID"),      bit(2, "NODEV"),      bit(3, "NOEXEC"),       bit(4, "SYNCHRONOUS"),
    bit(5, "REMOUNT"),     bit(6, "MANDLOCK"),    bit(7, "DIRSYNC"),    bit(8, "NOSYMFOLLOW"),  bit(10, "NOATIME"),
    bit(11, "NODIRATIME"), bit(12, "BIND"),       bit(13, "MOVE"),      bit(14, "REC"),         bit(15, "SILENT"),
    bit(16, "POSIXACL"),   bit(17, "UNBINDABLE"), bit(18, "PRIVATE"),   bit(19, "SLAVE"),       bit(20, "SHARED"),
    bit(21, "RELATIME"),   bit(22, "KERNMOUNT"),  bit(23, "I_VERSION"), bit(24, "STRICTATIME"), bit(25, "LAZYTIME"),
};

constexpr NumberName kUmount[] = {bit(0, "FORCE"), bit(1, "DETACH"), bit(2, "EXPIRE"), bit(3, "NOFOLLOW")};

constexpr NumberName kRename[] = {bit(0, "RENAME_NOREPLACE"), bit(1, "RENAME_EXCHANGE"), bit(2, "RENAME_WHITEOUT")};

constexpr NumberName kMemfd[] = {bit(0, "MFD_CLOEXEC"), bit(1, "MFD_ALLOW_SEALING"), bit(2, "MFD_HUGETLB"),
                                 bit(3, "MFD_NOEXEC_SEAL"), bit(4, "MFD_EXEC")};

constexpr NumberName kRing[] = {
    bit(0, "IORING_SETUP_IOPOLL"),         bit(1, "IORING_SETUP_SQPOLL"),
    bit(2, "IORING_SETUP_SQ_AFF"),         bit(3, "IORING_SETUP_CQSIZE"),
    bit(4, "IORING_SETUP_CLAMP"),          bit(5, "IORING_SETUP_ATTACH_WQ"),
    bit(6, "IORING_SETUP_R_DISABLED"),     bit(7, "IORING_SETUP_SUBMIT_ALL"),
    bit(8, "IORING_SETUP_COOP_TASKRUN"),   bit(9, "IORING_SETUP_TASKRUN_FLAG"),
    bit(10, "IORING_SETUP_SQE128"),        bit(11, "IORING_SETUP_CQE32"),
    bit(12, "IORING_SETUP_SINGLE_ISSUER"), bit(13, "IORING_SETUP_DEFER_TASKRUN"),
    bit(14, "IORING_SETUP_NO_MMAP"),       bit(15, "IORING_SETUP_REGISTERED_FD_ONLY"),
    bit(16, "IORING_SETUP_NO_SQARRAY"),
};

constexpr NumberName kProtection[] = {
    bit(0, "PROT_READ"),      bit(1, "PROT_WRITE"),      bit(2, "PROT_EXEC"),
    {kWhole, 0, "PROT_NONE"}, bit(24, "PROT_GROWSDOWN"), bit(25, "PROT_GROWSUP"),
};

// The low two bits are a number: MAP_SHARED_VALIDATE is 3.
constexpr NumberName kMap[] = {
    {3, 1, "MAP_SHARED"},    {3, 2, "MAP_PRIVATE"},    {3, 3, "MAP_SHARED_VALIDATE"}, bit(4, "MAP_FIXED"),
    bit(5, "MAP_ANONYMOUS"), bit(8, "MAP_GROWSDOWN"),  bit(11, "MAP_DENYWRITE"),      bit(12, "MAP_EXECUTABLE"),
    bit(13, "MAP_LOCKED"),   bit(14, "MAP_NORESERVE"), bit(15, "MAP_POPULATE"),       bit(16, "MAP_NONBLOCK"),
    bit(17, "MAP_STACK"),    bit(18, "MAP_HUGETLB"),   bit(19, "MAP_SYNC"),           bit(20, "MAP_FIXED_NOREPLACE"),
};

// linux/capability.h. None was ever renumbered.
constexpr NumberName kCapability[] = {
    bit(0, "CAP_CHOWN"),
    bit(1, "CAP_DAC_OVERRIDE"),
    bit(2, "CAP_DAC_READ_SEARCH"),
    bit(3, "CAP_FOWNER"),
    bit(4, "CAP_FSETID"),
    bit(5, "CAP_KILL"),
    bit(6, "CAP_SETGID"),
    bit(7, "CAP_SETUID"),
    bit(8, "CAP_SETPCAP"),
    bit(9, "CAP_LINUX_IMMUTABLE"),
    bit(10, "CAP_NET_BIND_SERVICE"),
    bit(11, "CAP_NET_BROADCAST"),
    bit(12, "CAP_NET_ADMIN"),
    bit(13, "CAP_NET_RAW"),
    bit(14, "CAP_IPC_LOCK"),
    bit(15, "CAP_IPC_OWNER"),
    bit(16, "CAP_SYS_MODULE"),
    bit(17, "CAP_SYS_RAWIO"),
    bit(18, "CAP_SYS_CHROOT"),
    bit(19, "CAP_SYS_PTRACE"),
    bit(20, "CAP_SYS_PACCT"),
    bit(21, "CAP_SYS_ADMIN"),
    bit(22, "CAP_SYS_BOOT"),
    bit(23, "CAP_SYS_NICE"),
    bit(24, "CAP_SYS_RESOURCE"),
    bit(25, "CAP_SYS_TIME"),
    bit(26, "CAP_SYS_TTY_CONFIG"),
    bit(27, "CAP_MKNOD"),
    bit(28, "CAP_LEASE"),
    bit(29, "CAP_AUDIT_WRITE"),
    bit(30, "CAP_AUDIT_CONTROL"),
    bit(31, "CAP_SETFCAP"),
    bit(32, "CAP_MAC_OVERRIDE"),
    bit(33, "CAP_MAC_ADMIN"),
    bit(34, "CAP_SYSLOG"),
    bit(35, "CAP_WAKE_ALARM"),
    bit(36, "CAP_BLOCK_SUSPEND"),
    bit(37, "CAP_AUDIT_READ"),
    bit(38, "CAP_PERFMON"),
    bit(39, "CAP_BPF"),
    bit(40, "CAP_CHECKPOINT_RESTORE"),
};

constexpr NumberName kFamily[] = {
    {kWhole, 0, "AF_UNSPEC"},      {kWhole, 1, "AF_UNIX"},       {kWhole, 2, "AF_INET"},
    {kWhole, 3, "AF_AX25"},        {kWhole, 4, "AF_IPX"},        {kWhole, 5, "AF_APPLETALK"},
    {kWhole, 6, "AF_NETROM"},      {kWhole, 7, "AF_BRIDGE"},     {kWhole, 8, "AF_ATMPVC"},
    {kWhole, 9, "AF_X25"},         {kWhole, 10, "AF_INET6"},     {kWhole, 11, "AF_ROSE"},
    {kWhole, 12, "AF_DECnet"},     {kWhole, 13, "AF_NETBEUI"},   {kWhole, 14, "AF_SECURITY"},
    {kWhole, 15, "AF_KEY"},        {kWhole, 16, "AF_NETLINK"},   {kWhole, 17, "AF_PACKET"},
    {kWhole, 18, "AF_ASH"},        {kWhole, 19, "AF_ECONET"},    {kWhole, 20, "AF_ATMSVC"},
    {kWhole, 21, "AF_RDS"},        {kWhole, 22, "AF_SNA"},       {kWhole, 23, "AF_IRDA"},
    {kWhole, 24, "AF_PPPOX"},      {kWhole, 25, "AF_WANPIPE"},   {kWhole, 26, "AF_LLC"},
    {kWhole, 27, "AF_IB"},         {kWhole, 28, "AF_MPLS"},      {kWhole, 29, "AF_CAN"},
    {kWhole, 30, "AF_TIPC"},       {kWhole, 31, "AF_BLUETOOTH"}, {kWhole, 32, "AF_IUCV"},
    {kWhole, 33, "AF_RXRPC"},      {kWhole, 34, "AF_ISDN"},      {kWhole, 35, "AF_PHONET"},
    {kWhole, 36, "AF_IEEE802154"}, {kWhole, 37, "AF_CAIF"},      {kWhole, 38, "AF_ALG"},
    {kWhole, 39, "AF_NFC"},        {kWhole, 40, "AF_VSOCK"},     {kWhole, 41, "AF_KCM"},
    {kWhole, 42, "AF_QIPCRTR"},    {kWhole, 43, "AF_SMC"},       {kWhole, 44, "AF_XDP"},
    {kWhole, 45, "AF_MCTP"},
};

// ptrace(2) has more, but the kernel asks for permission only for these: later ones need that one of them was granted.
constexpr NumberName kRequest[] = {
    {kWhole, 0, "PTRACE_TRACEME"}, {kWhole, 16, "PTRACE_ATTACH"}, {kWhole, 0x4206, "PTRACE_SEIZE"}};

constexpr NumberName kBpf[] = {
    {kWhole, 0, "BPF_MAP_CREATE"},
    {kWhole, 1, "BPF_MAP_LOOKUP_ELEM"},
    {kWhole, 2, "BPF_MAP_UPDATE_ELEM"},
    {kWhole, 3, "BPF_MAP_DELETE_ELEM"},
    {kWhole, 4, "BPF_MAP_GET_NEXT_KEY"},
    {kWhole, 5, "BPF_PROG_LOAD"},
    {kWhole, 6, "BPF_OBJ_PIN"},
    {kWhole, 7, "BPF_OBJ_GET"},
    {kWhole, 8, "BPF_PROG_ATTACH"},
    {kWhole, 9, "BPF_PROG_DETACH"},
    {kWhole, 10, "BPF_PROG_TEST_RUN"},
    {kWhole, 11, "BPF_PROG_GET_NEXT_ID"},
    {kWhole, 12, "BPF_MAP_GET_NEXT_ID"},
    {kWhole, 13, "BPF_PROG_GET_FD_BY_ID"},
    {kWhole, 14, "BPF_MAP_GET_FD_BY_ID"},
    {kWhole, 15, "BPF_OBJ_GET_INFO_BY_FD"},
    {kWhole, 16, "BPF_PROG_QUERY"},
    {kWhole, 17, "BPF_RAW_TRACEPOINT_OPEN"},
    {kWhole, 18, "BPF_BTF_LOAD"},
    {kWhole, 19, "BPF_BTF_GET_FD_BY_ID"},
    {kWhole, 20, "BPF_TASK_FD_QUERY"},
    {kWhole, 21, "BPF_MAP_LOOKUP_AND_DELETE_ELEM"},
    {kWhole, 22, "BPF_MAP_FREEZE"},
    {kWhole, 23, "BPF_BTF_GET_NEXT_ID"},
    {kWhole, 24, "BPF_MAP_LOOKUP_BATCH"},
    {kWhole, 25, "BPF_MAP_LOOKUP_AND_DELETE_BATCH"},
    {kWhole, 26, "BPF_MAP_UPDATE_BATCH"},
    {kWhole, 27, "BPF_MAP_DELETE_BATCH"},
    {kWhole, 28, "BPF_LINK_CREATE"},
    {kWhole, 29, "BPF_LINK_UPDATE"},
    {kWhole, 30, "BPF_LINK_GET_FD_BY_ID"},
    {kWhole, 31, "BPF_LINK_GET_NEXT_ID"},
    {kWhole, 32, "BPF_ENABLE_STATS"},
    {kWhole, 33, "BPF_ITER_CREATE"},
    {kWhole, 34, "BPF_LINK_DETACH"},
    {kWhole, 35, "BPF_PROG_BIND_MAP"},
    {kWhole, 36, "BPF_TOKEN_CREATE"},
    {kWhole, 37, "BPF_PROG_STREAM_READ_BY_FD"},
};

template <class Number>
std::string_view in_decimal(Number number, Scratch& scratch) {
  char digits[24];  // 20 digits and a sign at most
  const char* const end = std::to_chars(std::begin(digits), std::end(digits), number).ptr;
  return scratch.keep({digits, static_cast<std::size_t>(end - digits)});
}

}  // namespace

namespace names {

constinit const NumberNames kOpenFlags = kOpen;
constinit const NumberNames kModes = kModeBits;
constinit const NumberNames kExeFlags = kExe;
constinit const NumberNames kCloneFlags = kClone;
constinit const NumberNames kMountFlags = kMount;
constinit const NumberNames kUmountFlags = kUmount;
constinit const NumberNames kRenameFlags = kRename;
constinit const NumberNames kMemfdFlags = kMemfd;
constinit const NumberNames kRingFlags = kRing;
constinit const NumberNames kProtections = kProtection;
constinit const NumberNames kMapFlags = kMap;
constinit const NumberNames kCapabilities = kCapability;
constinit const NumberNames kFamilies = kFamily;
constinit const NumberNames kRequests = kRequest;
constinit const NumberNames kBpfCommands = kBpf;

}  // namespace names

std::string_view decimal(std::int64_t number, Scratch& scratch) { return in_decimal(number, scratch); }
std::string_view decimal(std::uint64_t number, Scratch& scratch) { return in_decimal(number, scratch); }

std::string_view joined_names(std::uint64_t number, NumberNames names, char separator, Scratch& scratch) {
  const auto has = [number](const NumberName& row) { return (number & row.mask) == row.value; };
  std::size_t size = 0;
  for (const NumberName& row : names) size += has(row) ? row.name.size() + 1 : 0;
  if (size == 0) return {};
  char* const text = scratch.room(size);
  char* at = text;
  for (const NumberName& row : names) {
    if (!has(row)) continue;
    if (at != text) *at++ = separator;
    at += row.name.copy(at, row.name.size());
  }
  return {text, static_cast<std::size_t>(at - text)};
}

Value named_number(std::uint64_t number, NumberNames names, Scratch& scratch) {
  const std::string_view text = joined_names(number, names, '|', scratch);
  return text.empty() ? decimal(number, scratch) : text;
}

namespace {

#define TYPE(name) \
  { S_IFMT, name, #name }
constexpr NumberName kFileTypes[] = {
    TYPE(S_IFREG), TYPE(S_IFDIR), TYPE(S_IFLNK), TYPE(S_IFSOCK), TYPE(S_IFIFO), TYPE(S_IFCHR), TYPE(S_IFBLK),
};
#undef TYPE

std::optional<std::uint64_t> digits_of(std::string_view text) {
  const bool hex = text.starts_with("0x"), octal = !hex && text.size() > 1 && text.starts_with('0');
  text.remove_prefix(hex ? 2 : octal ? 1 : 0);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, hex ? 16 : octal ? 8 : 10);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<std::uint64_t> value_of_name(std::string_view name) {
  const NumberNames tables[] = {names::kOpenFlags,  names::kModes,       names::kExeFlags,    names::kCloneFlags,
                                names::kMountFlags, names::kUmountFlags, names::kRenameFlags, names::kMemfdFlags,
                                names::kRingFlags,  names::kProtections, names::kMapFlags,    names::kCapabilities,
                                names::kFamilies,   names::kRequests,    names::kBpfCommands, kFileTypes};
  for (const NumberNames& table : tables) {
    for (const NumberName& row : table) {
      if (row.name == name) return row.value;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t number = 0;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('|', begin), text.size());
    const std::string_view part = text.substr(begin, end - begin);
    auto value = digits_of(part);
    if (!value) value = value_of_name(part);
    if (!value) return std::nullopt;
    number |= *value;
    begin = end + 1;
  }
  return number;
}

}  // namespace picket
