// The fields of a family as a Markdown table.
#include "engine/config/text.hpp"
#include "engine/config/value.hpp"
#include "engine/config/whole.hpp"
#include "engine/config/words.hpp"
#include "tsd/engine/config.hpp"

namespace tsd {

using namespace config;

namespace {

std::string cell(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) text.insert(at, "\\");
  return text;
}

void add_rows(const Schema& schema, const std::string& prefix, std::string& table) {
  for (const Field& field : schema.fields()) {
    const std::string limits = field.choices.empty() ? range_text(field) : joined(field.choices, ", ");
    table += "| `" + prefix + field.key + "` | " + type_text(field) + " | " + (field.is_required ? "required" : "`" + value_text(field) + "`") +
             " | " + field.unit_text + " | " + cell(limits) + " | " + cell(field.meaning) + " |\n";
  }
  for (const Schema::Group& group : schema.groups()) add_rows(*group.schema, prefix + group.key + ".", table);
}

}  // namespace

std::string config_reference(const Family& family) {
  const Whole whole(family);
  std::string table = "| key | type | default | unit | values | meaning |\n|---|---|---|---|---|---|\n";
  add_rows(whole.schema, "", table);
  return table;
}

}  // namespace tsd
