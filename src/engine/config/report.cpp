#include "engine/config/report.hpp"

#include <algorithm>
#include <tuple>

#include "tsd/error.hpp"

namespace tsd::config {
namespace {
constexpr std::size_t kMostLines =
    100;  // more than anyone reads; keeps a file of garbage from flooding the terminal
}

std::string to_string(const Place& place) {
  if (place.line == 0) return place.source->name;
  return place.source->name + ":" + std::to_string(place.line) + ":" + std::to_string(place.column);
}

std::string problem_text(const std::string& what, const std::string& expected, const std::string& got,
                         const std::string& hint) {
  return what + "; expected " + expected + ", got " + got + (hint.empty() ? "" : "; " + hint);
}

void Report::add(const Place& place, const std::string& key, const std::string& text) {
  problems_.push_back({place, to_string(place) + ": " + (key.empty() ? "" : key + ": ") + text});
}

void Report::add(const Report& other) {
  problems_.insert(problems_.end(), other.problems_.begin(), other.problems_.end());
}

bool Report::is_full() const { return problems_.size() > kMostLines; }

void Report::raise_if_any() const {
  if (empty()) return;
  std::vector<Problem> sorted = problems_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const Problem& a, const Problem& b) {
    return std::tuple(a.place.source->order, a.place.line, a.place.column) <
           std::tuple(b.place.source->order, b.place.line, b.place.column);
  });
  std::vector<std::string> lines;
  for (const Problem& problem : sorted)
    if (std::find(lines.begin(), lines.end(), problem.line) == lines.end()) {
      lines.push_back(problem.line);
      if (lines.size() > kMostLines) break;
    }
  if (lines.size() > kMostLines)
    lines.back() = "and more problems, after the first " + std::to_string(kMostLines);
  std::string text;
  for (const std::string& line : lines) text += (text.empty() ? "" : "\n") + line;
  throw ConfigError(text);
}

}  // namespace tsd::config
