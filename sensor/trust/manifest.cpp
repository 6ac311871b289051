// SPDX-License-Identifier: Apache-2.0
#include "sensor/trust/manifest.h"

#include <algorithm>
#include <map>

#include "rules/event/text.h"
#include "sensor/trust/encoding.h"
#include "sensor/trust/lines.h"

namespace picket::trust {
namespace {

constexpr std::size_t kLongestName = 255;  // NAME_MAX of Linux

std::string_view name_of(std::string_view path) { return path.substr(path.find_last_of('/') + 1); }

bool is_name(std::string_view name) {
  const auto is_control = [](char byte) { return static_cast<unsigned char>(byte) < 0x20 || byte == 0x7f; };
  return !name.empty() && name.size() <= kLongestName && name.find('/') == name.npos &&
         std::none_of(name.begin(), name.end(), is_control);
}

Diagnostic too_many(const std::string& path) {
  return about(path, "more than " + std::to_string(kMostFiles) + " rule files", "several rules may share a file");
}

// Where the files of a name are, in order: several may have the same.
using Places = std::map<std::string_view, std::vector<std::size_t>>;

// The file that is the k-th of its name on one side belongs to the k-th of that name on the other.
struct Pairs {
  std::vector<std::pair<std::size_t, std::size_t>> both;  // number in the manifest, number of the file
  std::vector<std::size_t> missing, extra;                // in the manifest only, a file only
};

Pairs pair_up(const Manifest& manifest, std::span<const PolicyFile> files) {
  Places there;
  for (std::size_t i = files.size(); i-- > 0;) there[name_of(files[i].path)].push_back(i);  // the first comes last
  Pairs pairs;
  std::vector<bool> wanted(files.size());
  for (std::size_t i = 0; i < manifest.files.size(); ++i) {
    const auto found = there.find(manifest.files[i].name);
    if (found == there.end() || found->second.empty()) {
      pairs.missing.push_back(i);
      continue;
    }
    pairs.both.emplace_back(i, found->second.back());
    wanted[found->second.back()] = true;
    found->second.pop_back();
  }
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (!wanted[i]) pairs.extra.push_back(i);
  }
  return pairs;
}

std::variant<Manifest::File, Diagnostic> parse_file(Lines& line) {
  if (!line.take("file")) return line.expected("'file', a SHA-256 and a name");
  const std::string_view digest = line.left().substr(0, line.left().find(' '));
  if (!is_sha256(digest) || !line.take(digest)) return line.expected("a SHA-256 and a name");
  if (!is_name(line.left())) return line.expected("the name of a file");
  return Manifest::File{std::string(digest), std::string(line.left())};
}

}  // namespace

std::variant<Manifest, Diagnostic> make_manifest(std::span<const PolicyFile> files, std::uint64_t version) {
  if (files.empty()) return about("policy", "there is no rule file to sign");
  if (files.size() > kMostFiles) return too_many(std::string(files[kMostFiles].path));
  Manifest manifest{version, {}};
  for (const PolicyFile& file : files) {
    if (!is_name(name_of(file.path))) {
      return about(std::string(file.path), "a file of such a name cannot be signed",
                   "names have at most 255 bytes and no control bytes");
    }
    manifest.files.push_back({sha256(file.content), std::string(name_of(file.path))});
  }
  return manifest;
}

std::string print(const Manifest& manifest) {
  std::string text = "version " + std::to_string(manifest.version) + "\n";
  for (const Manifest::File& file : manifest.files) text += "file " + file.sha256 + " " + file.name + "\n";
  return text;
}

std::variant<Manifest, Diagnostic> parse_manifest(const std::string& path, std::string_view text,
                                                  std::size_t first_line) {
  Lines lines(path, text, first_line);
  const bool versioned = lines.next() && lines.take("version");
  const auto version = versioned ? parse_number(lines.left()) : std::nullopt;
  if (!version) return lines.expected("'version' and a number");
  Manifest manifest{*version, {}};
  while (lines.next()) {
    auto file = parse_file(lines);
    if (auto* wrong = std::get_if<Diagnostic>(&file)) return std::move(*wrong);
    if (manifest.files.size() == kMostFiles) return too_many(path);
    manifest.files.push_back(std::move(std::get<Manifest::File>(file)));
  }
  if (manifest.files.empty() || !text.ends_with('\n')) return lines.expected("the lines of the files to follow");
  return manifest;
}

std::vector<Diagnostic> compare(const Manifest& manifest, const std::string& path, std::span<const PolicyFile> files) {
  const Pairs pairs = pair_up(manifest, files);
  std::vector<Diagnostic> found;
  for (const auto& [number, place] : pairs.both) {
    const std::string digest = sha256(files[place].content);
    if (digest == manifest.files[number].sha256) continue;
    found.push_back(about(std::string(files[place].path), "altered since it was signed: its SHA-256 is " + digest +
                                                              ", that of the signed file is " +
                                                              manifest.files[number].sha256));
  }
  for (const std::size_t place : pairs.extra) {
    found.push_back(about(std::string(files[place].path), "not part of the signed policy"));
  }
  for (const std::size_t number : pairs.missing) {
    found.push_back(
        about(path, "the rule file " + quote(manifest.files[number].name) + " was signed and is not there"));
  }
  if (!found.empty()) return found;
  for (const auto& [number, place] : pairs.both) {
    if (number == place) continue;
    found.push_back(about(std::string(files[place].path),
                          "number " + std::to_string(place + 1) + " of the rule files, and number " +
                              std::to_string(number + 1) + " of those that were signed",
                          "later files change what earlier ones say: sign them in the order of `rules`"));
    break;  // the others follow from it
  }
  return found;
}

}  // namespace picket::trust
