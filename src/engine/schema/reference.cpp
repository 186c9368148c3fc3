// The fields of a family as a Markdown table.
#include "engine/config/text.hpp"
#include "engine/config/whole.hpp"
#include "engine/schema/each_field.hpp"
#include "engine/schema/value.hpp"
#include "engine/schema/words.hpp"
#include "tsd/engine/config/config.hpp"

namespace tsd {

using namespace config;

namespace {

std::string cell(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) text.insert(at, "\\");
  return text;
}

// Choices or range, and the length of a list: "from 1 to 512; 2 values".
std::string limits_text(const Field& field) {
  std::string text = range_text(field);
  if (text.starts_with(' ')) text.erase(0, 1);
  if (!field.choices.empty() || field.path_must_exist) text = choices_text(field, Count::one);
  const std::string length = length_text(field);
  if (length.empty()) return text;
  return text + (text.empty() ? "" : "; ") + length + (length == "1 " ? "value" : "values");
}

// What tsd train --from may have otherwise than the run it goes on from, and tsd analyze otherwise than the run.
std::string meaning_text(const Field& field) {
  return field.meaning + (field.changeable ? "; a fork may change it" : "") +
         (field.by_all_analyses || !field.analyses.empty() ? "; tsd analyze may set it" : "");
}

std::string row(const std::string& key, const Field& field) {
  const std::string value = field.is_required ? "required" : "`" + value_text(field) + "`";
  return "| `" + key + "` | " + cell(meaning_text(field)) + " | " + cell(value) + " | " +
         cell(field.unit_text) + " | " + cell(limits_text(field)) + " | " + type_text(field) + " |\n";
}

}  // namespace

std::string config_reference(const Family& family) {
  const Whole whole(family);
  std::string table = "| key | meaning | default | unit | values | type |\n|---|---|---|---|---|---|\n";
  table +=
      "| `extends` | configs to start from, relative to this file |  |  | paths that exist | text or list of "
      "texts |\n";
  table +=
      "| `sweep` | settings that indices stand for |  |  | blocks, grid, list or random; first_index | mapping "
      "|\n";
  each_field(whole.schema, [&](const std::string& key, const Field& field) { table += row(key, field); });
  return table;
}

}  // namespace tsd
