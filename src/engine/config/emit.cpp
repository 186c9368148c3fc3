#include "engine/config/emit.hpp"

#include <algorithm>
#include <vector>

#include "engine/config/value.hpp"

namespace tsd::config {
namespace {

struct Line {
  std::string text, note;
};

void add_lines(const Schema& schema, const std::string& prefix, int depth, const std::function<std::string(const std::string&)>& note,
               std::vector<Line>& lines) {
  const std::string indent(static_cast<std::size_t>(2 * depth), ' ');
  for (const Field& field : schema.fields()) {
    std::string comment = note ? note(prefix + field.key) : "";
    if (note && !field.unit_text.empty()) comment += " [" + field.unit_text + "]";
    lines.push_back({indent + field.key + ": " + value_text(field), comment});
  }
  for (const Schema::Group& group : schema.groups()) {
    if (group.schema->fields().empty() && group.schema->groups().empty()) continue;
    lines.push_back({indent + group.key + ":", ""});
    add_lines(*group.schema, prefix + group.key + ".", depth + 1, note, lines);
  }
}

}  // namespace

std::string emit(const Schema& schema, const std::function<std::string(const std::string&)>& note) {
  std::vector<Line> lines;
  add_lines(schema, "", 0, note, lines);
  std::size_t width = 0;
  for (const Line& line : lines) width = std::max(width, std::min<std::size_t>(line.text.size(), 60));
  std::string text;
  for (const Line& line : lines) {
    text += line.text;
    if (!line.note.empty()) text += std::string(width > line.text.size() ? width - line.text.size() : 0, ' ') + "  # " + line.note;
    text += "\n";
  }
  return text;
}

}  // namespace tsd::config
