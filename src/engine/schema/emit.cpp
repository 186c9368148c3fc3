#include "engine/schema/emit.hpp"

#include <algorithm>
#include <vector>

#include "engine/config/paths.hpp"
#include "engine/schema/value.hpp"

namespace tsd::config {
namespace {

struct Line {
  std::string code, key_path, meaning;
  bool opens_group = false;
};

using TextOf = std::function<std::string(const Field&)>;

std::string current_key(const Field& field) { return field.key; }
std::string first_key(const Field& field) { return field.former_key.empty() ? field.key : field.former_key; }

void add_lines(const Schema& schema, const std::string& prefix, const std::string& indent,
               const TextOf& text_of, const TextOf& key_of, std::vector<Line>& lines) {
  for (const Field& field : schema.fields()) {
    const std::string unit = field.unit_text.empty() ? "" : " [" + field.unit_text + "]";
    lines.push_back(
        {indent + key_of(field) + ": " + text_of(field), prefix + field.key, field.meaning + unit});
  }
  for (const Schema::Group& group : schema.groups()) {
    const bool is_empty = group.schema->fields().empty() && group.schema->groups().empty();
    lines.push_back(
        {indent + group.key + (is_empty ? ": {}" : ":"), prefix + group.key, group.meaning, true});
    add_lines(*group.schema, prefix + group.key + ".", indent + "  ", text_of, key_of, lines);
  }
}

std::vector<Line> lines_of(const Schema& schema, const TextOf& text_of, const TextOf& key_of = current_key) {
  std::vector<Line> lines;
  add_lines(schema, "", "", text_of, key_of, lines);
  return lines;
}

std::string padded(std::string text, std::size_t width) {
  text.append(width - std::min(width, text.size()), ' ');
  return text;
}

}  // namespace

std::string to_yaml(const Schema& schema) {
  std::string text;
  for (const Line& line : lines_of(schema, value_text)) text += line.code + "\n";
  return text;
}

std::string identity_text(const Schema& schema) {
  const auto without_paths = [](const Field& field) {
    const std::size_t paths = paths_of(field).size();
    if (paths > 0) return std::to_string(paths) + " input(s)";
    for (const auto& [word, now] : field.former_words)
      if (now == field.choice_text) return word;
    return value_text(field);
  };
  std::string text;
  for (const Line& line : lines_of(schema, without_paths, first_key)) {
    const std::string root_key = line.key_path.substr(0, line.key_path.find('.'));
    if (root_key != "run" && root_key != "description") text += line.code + "\n";
  }
  return text;
}

std::string to_yaml_with_origins(const Schema& schema,
                                 const std::function<std::string(const std::string&)>& origin) {
  constexpr std::size_t kWidestCode = 44,
                        kWidestOrigin = 40;  // one long value must not push all comments away
  const std::vector<Line> lines = lines_of(schema, value_text);
  std::vector<std::string> origins;
  std::size_t code_width = 0, origin_width = 0;
  for (const Line& line : lines) {
    origins.push_back(line.opens_group ? "" : origin(line.key_path));
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
