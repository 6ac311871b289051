// SPDX-License-Identifier: Apache-2.0
#include "sensor/cli/load_results.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <tuple>

namespace picket::cli {
namespace {

using Json = nlohmann::ordered_json;

// An item of a rule file and the line on which its name stands.
struct Place {
  std::string file;
  std::size_t line;
  std::string_view type, name;
};

template <class Item>
void add_places(const policy::Items<Item>& items, std::string_view type, std::vector<Place>& places) {
  for (const Item& item : items) {
    const Location where = policy::place_of(item.name);
    places.push_back({where.file, where.line, type, item.name.value});
  }
}

std::vector<Place> places_of(const policy::Documents& documents) {
  std::vector<Place> places;
  add_places(documents.rules, "rule", places);
  add_places(documents.macros, "macro", places);
  add_places(documents.lists, "list", places);
  std::sort(places.begin(), places.end(),
            [](const Place& a, const Place& b) { return std::tie(a.file, a.line) < std::tie(b.file, b.line); });
  return places;
}

// The item that a place stands in: the last one that begins before it. What was appended elsewhere, or defined anew, is
// no item any more.
const Place* item_at(const std::vector<Place>& places, const Location& where) {
  const auto next = std::upper_bound(places.begin(), places.end(), where, [](const Location& at, const Place& place) {
    return std::tie(at.file, at.line) < std::tie(place.file, place.line);
  });
  if (next == places.begin() || (next - 1)->file != where.file) return nullptr;
  return &*(next - 1);
}

// Falco counts lines and columns from 0.
Json position(const Location& where) {
  const auto from_zero = [](std::size_t number) { return number == 0 ? 0 : number - 1; };
  return {{"name", where.file},
          {"line", from_zero(where.line)},
          {"column", from_zero(where.column)},
          {"offset", where.offset}};
}

Json finding(const Diagnostic& diagnostic, const std::vector<Place>& places) {
  Json locations = Json::array();
  locations.push_back({{"item_type", "rules content"}, {"item_name", ""}, {"position", position(diagnostic.where)}});
  if (const Place* item = item_at(places, diagnostic.where)) {
    locations.push_back(
        {{"item_type", item->type}, {"item_name", item->name}, {"position", position(diagnostic.where)}});
  }
  Json one;
  one["context"] = {{"locations", locations}, {"snippet", snippet(diagnostic)}};
  one["code"] = finding_code(diagnostic.finding);
  one["codedesc"] = finding_description(diagnostic.finding);
  one["message"] = diagnostic.hint.empty() ? diagnostic.message : diagnostic.message + ". Hint: " + diagnostic.hint;
  return one;
}

Json empty_result(const std::string& file) {
  return {{"name", file},
          {"successful", true},
          {"schema_warnings", Json::array()},
          {"errors", Json::array()},
          {"warnings", Json::array()}};
}

}  // namespace

std::string load_results(const policy::Documents& documents, const std::vector<Diagnostic>& diagnostics) {
  const std::vector<Place> places = places_of(documents);
  Json results = Json::array();
  for (const std::string& file : documents.files) results.push_back(empty_result(file));
  for (const Diagnostic& diagnostic : diagnostics) {
    auto result = std::find_if(results.begin(), results.end(),
                               [&](const Json& each) { return each["name"] == diagnostic.where.file; });
    if (result == results.end()) result = results.insert(results.end(), empty_result(diagnostic.where.file));
    const bool error = diagnostic.severity == Severity::Error;
    if (error) (*result)["successful"] = false;
    (*result)[error ? "errors" : "warnings"].push_back(finding(diagnostic, places));
  }
  // Rule files may hold bytes that are no UTF-8.
  return Json({{"falco_load_results", results}}).dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace picket::cli
