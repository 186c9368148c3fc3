#include "families/nback/data/stimuli/mesh_text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <functional>
#include <limits>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tsd/error.hpp"

namespace tsd::nback {
namespace fs = std::filesystem;

namespace {

struct Line {
  const fs::path& file;
  int number;
  std::string keyword, rest;       // rest: without blanks around it
  std::vector<std::string> words;  // of rest

  [[noreturn]] void fail(const std::string& expected, const std::string& got) const {
    throw DataError(file.string() + ":" + std::to_string(number) + ": " + keyword + ": expected " + expected +
                    ", got " + got);
  }
};

void each_line(const fs::path& path, const std::function<void(const Line&)>& look) {
  std::ifstream file(path);
  int number = 0;
  for (std::string text; std::getline(file, text);) {
    Line line{path, ++number, {}, {}, {}};
    std::istringstream words(text);  // a carriage return is a blank
    words >> line.keyword;
    for (std::string word; words >> word && !word.starts_with('#');) {
      line.rest += (line.words.empty() ? "" : " ") + word;
      line.words.push_back(word);
    }
    look(line);
  }
}

template <class T>
bool is_number(std::string_view text, T& value) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

// Three or more numbers within what a float holds.
void check_numbers(const Line& line) {
  if (line.words.size() < 3) line.fail("3 numbers", line.words.empty() ? "none" : line.rest);
  for (const auto& word : line.words)
    if (double value = 0; !is_number(word, value) || !(std::abs(value) <= std::numeric_limits<float>::max()))
      line.fail("finite numbers", word);
}

// Corners v, v/vt, v//vn or v/vt/vn, where v counts from the first vertex, or backwards from the last one above. The largest v.
int check_corners(const Line& line, int vertices) {
  int largest = 0;
  if (line.words.size() < 3) line.fail("3 corners or more", line.words.empty() ? "none" : line.rest);
  for (const auto& word : line.words) {
    std::istringstream parts(word);
    int count = 0;
    for (std::string part; std::getline(parts, part, '/'); ++count)
      if (int index = 0; !(part.empty() && count == 1) && (!is_number(part, index) || index == 0))
        line.fail("indices v, v/vt, v//vn or v/vt/vn, not 0", word);
      else if (count == 0 && index < -vertices)
        line.fail("at most the " + std::to_string(vertices) + " vertices above it", word);
      else if (count == 0)
        largest = std::max(largest, index);
    if (count == 0 || count > 3 || word.ends_with('/')) line.fail("indices v, v/vt, v//vn or v/vt/vn", word);
  }
  return largest;
}

void add_materials(const fs::path& path, std::set<std::string>& materials) {
  each_line(path, [&](const Line& line) {
    if (line.keyword == "newmtl") materials.insert(line.rest);
    if (line.keyword == "Kd") check_numbers(line);
  });
}

}  // namespace

void check_obj(const fs::path& path) {
  std::set<std::string> materials;
  bool coloured = false;
  int vertices = 0, largest = 0,
      where = 0;  // of the face with the largest index: its vertex may stand below it
  each_line(path, [&](const Line& line) {
    if (line.keyword == "v") check_numbers(line), ++vertices;
    if (line.keyword == "f")
      if (const int index = check_corners(line, vertices); index > largest)
        largest = index, where = line.number;
    if (line.keyword == "mtllib")
      for (const auto& word : line.words) {
        const fs::path file = path.parent_path() / word;
        std::error_code unknown;  // of a name that is too long, for example
        if (!fs::is_regular_file(file, unknown))
          line.fail("a material file beside it", "no file " + file.string());
        add_materials(file, materials);
        coloured = true;
      }
    if (line.keyword == "usemtl" && coloured && !materials.contains(line.rest))
      line.fail("a material of its material files", line.rest);
  });
  if (largest > vertices)
    throw DataError(path.string() + ":" + std::to_string(where) + ": a face names vertex " +
                    std::to_string(largest) + "; expected 1.." + std::to_string(vertices));
}

}  // namespace tsd::nback
