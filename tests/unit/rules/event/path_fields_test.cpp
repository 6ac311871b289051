// SPDX-License-Identifier: Apache-2.0
//
// fs.path.* and evt.abspath, by example.
#include <gtest/gtest.h>

#include "rules/event/catalogue.h"
#include "tests/support/fields.h"
#include "tests/support/record.h"

namespace picket {
namespace {

using test::expect;

TEST(PathFields, OfOnePath) {
  const Process process;
  test::Record<pk_mkdir> mkdir(Kind::mkdir);
  mkdir.text(&pk_mkdir::path, "/tmp/d");
  expect(mkdir.event(process), {{"fs.path.name", "/tmp/d"},
                                {"fs.path.nameraw", "<NA>"},
                                {"fs.path.source", "<NA>"},
                                {"fs.path.target", "<NA>"},
                                {"evt.abspath", "/tmp/d"},
                                {"evt.abspath.src", "<NA>"}});
  test::Record<pk_open_failed> failed(Kind::open_failed);
  failed.text(&pk_open_failed::name, "../../etc/shadow").text(&pk_open_failed::directory, "/srv/www");
  expect(failed.event(process), {{"fs.path.name", "/etc/shadow"},
                                 {"fs.path.nameraw", "../../etc/shadow"},
                                 {"fd.nameraw", "../../etc/shadow"},
                                 {"evt.abspath", "/etc/shadow"}});
}

TEST(PathFields, OfTwoPaths) {
  const Process process;
  test::Record<pk_rename> rename(Kind::rename);
  rename.text(&pk_rename::old_path, "/a").text(&pk_rename::new_path, "/b");
  expect(rename.event(process), {{"fs.path.name", "<NA>"},
                                 {"fs.path.source", "/a"},
                                 {"fs.path.target", "/b"},
                                 {"evt.abspath", "<NA>"},
                                 {"evt.abspath.src", "/a"},
                                 {"evt.abspath.dst", "/b"}});
  test::Record<pk_link> link(Kind::link);  // ln /a /b
  link.text(&pk_link::old_path, "/a").text(&pk_link::new_path, "/b");
  expect(link.event(process),
         {{"fs.path.source", "/b"}, {"fs.path.target", "/a"}, {"evt.abspath.src", "/a"}, {"evt.abspath.dst", "/b"}});
  test::Record<pk_mount> mount(Kind::mount);
  mount.text(&pk_mount::source, "tmpfs").text(&pk_mount::path, "/mnt");
  expect(mount.event(process),
         {{"fs.path.source", "tmpfs"}, {"fs.path.sourceraw", "tmpfs"}, {"fs.path.target", "/mnt"}});
}

TEST(PathFields, WhatASymbolicLinkLeadsTo) {
  const struct {
    const char *link, *text, *target;
  } rows[] = {{"/tmp/l", "/etc/passwd", "/etc/passwd"},
              {"/tmp/a/l", "../x", "/tmp/x"},
              {"/l", "x/./y", "/x/y"},
              {"/tmp/l", "", "<NA>"}};
  const Process process;
  for (const auto& row : rows) {
    test::Record<pk_symlink> symlink(Kind::symlink);
    symlink.text(&pk_symlink::path, row.link).text(&pk_symlink::target, row.text);
    expect(symlink.event(process), {{"fs.path.source", row.link},
                                    {"fs.path.target", row.target},
                                    {"fs.path.targetraw", *row.text ? row.text : "<NA>"},
                                    {"evt.abspath", row.link}});
  }
}

}  // namespace
}  // namespace picket
