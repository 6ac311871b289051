// SPDX-License-Identifier: Apache-2.0
//
// Keys and a directory for tests of signed policies. The keys are those of RFC 8032, section 7.1, tests 1 and 2: known
// to all, and therefore never to be trusted anywhere else.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace picket::test {

struct KeyPair {
  const char* private_pem;
  const char* public_pem;
  const char* id;
};

inline constexpr KeyPair kAlice = {
    "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
    "-----END PRIVATE KEY-----\n",
    "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
    "-----END PUBLIC KEY-----\n",
    "06e3fd8fda29bb60ab59557de61edb0aecdb231134be30e75b455f8e1b792fa9"};
inline constexpr KeyPair kBob = {
    "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIEzNCJso/5banbbDRuwRTg9bijGfNaumJNqM9u1PuKb7\n"
    "-----END PRIVATE KEY-----\n",
    "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=\n"
    "-----END PUBLIC KEY-----\n",
    "deb2ded39dc26fce0e6085b6fc34bf6b5941913bbfe2ea614113cff9e004c170"};

// A directory that nobody else may enter, with the public keys of both in it.
class SigningDirectory {
 public:
  SigningDirectory() {
    char name[] = "/tmp/picket-signing-XXXXXX";
    path_ = mkdtemp(name);
    write("alice.key", kAlice.private_pem, 0600);
    write("alice.pub", kAlice.public_pem);
    write("bob.key", kBob.private_pem, 0600);
    write("bob.pub", kBob.public_pem);
  }
  ~SigningDirectory() { std::filesystem::remove_all(path_); }
  SigningDirectory(const SigningDirectory&) = delete;
  SigningDirectory& operator=(const SigningDirectory&) = delete;

  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

  // Makes the file and the directories above it; returns its path.
  std::string write(const std::string& name, const std::string& text, int mode = 0644) const {
    const std::filesystem::path file = path_ + "/" + name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::trunc | std::ios::binary) << text;
    std::filesystem::permissions(file, static_cast<std::filesystem::perms>(mode));
    return file;
  }
  std::string read(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(path_ + "/" + name, std::ios::binary).rdbuf();
    return text.str();
  }
  bool has(const std::string& name) const { return std::filesystem::exists(path_ + "/" + name); }
  void remove(const std::string& name) const { std::filesystem::remove_all(path_ + "/" + name); }

 private:
  std::string path_;
};

}  // namespace picket::test
