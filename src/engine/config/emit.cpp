#include "engine/config/emit.hpp"

#include <algorithm>
#include <vector>

#include "engine/config/value.hpp"

namespace tsd::config {
namespace {

struct Line {
  std::string code, key_path, meaning;  // no key_path: opens a group
};

void add_lines(const Schema& schema, const std::string& prefix, const std::string& indent,
               const KeepKey& keep, std::vector<Line>& lines) {
  for (const Field& field : schema.fields()) {
    if (prefix.empty() && !keep(field.key)) continue;
    const std::string unit = field.unit_text.empty() ? "" : " [" + field.unit_text + "]";
    lines.push_back(
        {indent + field.key + ": " + value_text(field), prefix + field.key, field.meaning + unit});
  }
  for (const Schema::Group& group : schema.groups()) {
    if (prefix.empty() && !keep(group.key)) continue;
    const bool is_empty = group.schema->fields().empty() && group.schema->groups().empty();
    lines.push_back({indent + group.key + (is_empty ? ": {}" : ":"), "", group.meaning});
    add_lines(*group.schema, prefix + group.key + ".", indent + "  ", keep, lines);
  }
}

std::string padded(std::string text, std::size_t width) {
  text.append(width - std::min(width, text.size()), ' ');
  return text;
}

}  // namespace

std::string to_yaml(const Schema& schema, const KeepKey& keep) {
  std::vector<Line> lines;
  add_lines(schema, "", "", keep, lines);
  std::string text;
  for (const Line& line : lines) text += line.code + "\n";
  return text;
}

std::string to_yaml_with_origins(const Schema& schema,
                                 const std::function<std::string(const std::string&)>& origin) {
  constexpr std::size_t kWidestCode = 44,
                        kWidestOrigin = 40;  // one long value must not push all comments away
  std::vector<Line> lines;
  add_lines(
      schema, "", "", [](const std::string&) { return true; }, lines);
  std::vector<std::string> origins;
  std::size_t code_width = 0, origin_width = 0;
  for (const Line& line : lines) {
    origins.push_back(line.key_path.empty() ? "" : origin(line.key_path));
    code_width = std::max(code_width, std::min(line.code.size(), kWidestCode));
    origin_width = std::max(origin_width, std::min(origins.back().size(), kWidestOrigin));
  }
  std::string text;
  for (std::size_t i = 0; i < lines.size(); ++i)
    text += padded(lines[i].code, code_width) + "  # " + padded(origins[i], origin_width) + "  " +
            lines[i].meaning + "\n";
  return text;
}

}  // namespace tsd::config
