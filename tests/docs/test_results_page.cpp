// The page that documents results.h5 says what the families say. check_results_page.py compares it with real
// files.
#include <set>
#include <sstream>

#include "support/catch.hpp"
#include "tsd/families/families.hpp"
#include "tsd/io/atomic_file.hpp"

namespace tsd {
namespace {

// | `path` | dims | type | units | description | without the type, which follows from the file
std::multiset<std::string> documented(const std::string& page, const std::string& family) {
  std::multiset<std::string> rows;
  std::istringstream lines(page);
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("## ", 0) == 0) inside = line == "## Family " + family;
    if (!inside || line.rfind("| `", 0) != 0) continue;
    std::vector<std::string> cells;
    std::istringstream parts(line);
    for (std::string cell; std::getline(parts, cell, '|');) cells.push_back(cell);
    REQUIRE(cells.size() == 6);
    rows.insert(cells[1] + "|" + cells[2] + "|" + cells[4] + "|" + cells[5]);
  }
  return rows;
}

std::multiset<std::string> declared(const Family& family) {
  std::vector<Output> outputs = family.outputs;
  for (const Analysis& analysis : family.analyses)
    outputs.insert(outputs.end(), analysis.outputs.begin(), analysis.outputs.end());
  std::multiset<std::string> rows;
  for (const auto& o : outputs)
    rows.insert(" `" + o.path + "` | " + o.dims + " | " + o.units + " | " + o.description + " ");
  return rows;
}

}  // namespace

TEST_CASE("docs: results/README.md lists the outputs of each family", "[docs]") {
  const std::string page = read_text(TSD_SOURCE_DIR "/results/README.md", 1 << 20);
  for (const Family& family : families()) {
    INFO(family.name);
    REQUIRE_FALSE(family.outputs.empty());
    CHECK(documented(page, family.name) == declared(family));
  }
}

}  // namespace tsd
