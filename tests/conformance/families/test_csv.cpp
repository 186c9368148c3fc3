// metrics.csv of every family, also of runs that left the numbers: "nan" has no sign, and infinities are told as
// "inf" and "-inf", which pandas, R and MATLAB read.
#include <regex>
#include <sstream>

#include "conformance/subject.hpp"
#include "support/catch.hpp"
#include "support/run_files.hpp"
#include "tsd/engine/config/config.hpp"
#include "tsd/engine/run/log.hpp"
#include "tsd/engine/run/runner.hpp"
#include "tsd/error.hpp"

namespace tsd {
namespace {

namespace fs = std::filesystem;
using namespace test;

std::string metrics_of(const std::string& family, const std::vector<std::string>& words,
                       const fs::path& directory) {
  set_quiet(true);
  RunRequest request;
  request.config = ConfigFile(TSD_SOURCE_DIR "/configs/" + family + "/smoke.yaml", subject_families())
                       .resolve(std::nullopt, words);
  request.directory = directory;
  try {
    run_one(request, subject_accelerator());
  } catch (const NumericError&) {  // of a wild run
  }
  return slurp(RunDirectory{directory}.metrics());
}

// Cells that look like no number or text of theirs, and how many are nan.
std::pair<std::vector<std::string>, int> odd_cells(const std::string& csv, bool finite) {
  static const std::regex number("-?[0-9]+(\\.[0-9]+)?(e[+-][0-9]+)?|nan");
  static const std::regex text("[A-Za-z_][A-Za-z0-9_ .-]*");
  std::vector<std::string> odd;
  int nans = 0;
  std::istringstream lines(csv);
  std::string line, cell;
  std::getline(lines, line);  // names
  while (std::getline(lines, line)) {
    std::istringstream cells(line);
    while (std::getline(cells, cell, ',')) {
      nans += cell == "nan";
      const bool infinite = cell == "inf" || cell == "-inf";
      const bool spelt = std::regex_match(cell, number) || infinite ||
                         (std::regex_match(cell, text) &&
                          !std::regex_match(cell, std::regex("(nan|inf).*", std::regex::icase)));
      if (!spelt || (finite && infinite)) odd.push_back(cell);
    }
  }
  return {odd, nans};
}

}  // namespace

TEST_CASE("csv: numbers, nan without a sign, and no infinity where a run went well", "[conformance]") {
  const TemporaryDirectory folder;
  for (const Family& family : subject_families()) {
    CAPTURE(family.name);
    const std::string csv = metrics_of(family.name, {}, folder / family.name);
    CHECK(std::ranges::count(csv, '\n') > 1);
    CHECK(odd_cells(csv, true).first == std::vector<std::string>{});
  }
}

TEST_CASE("csv: the same of runs that left the numbers", "[conformance]") {
  const std::vector<std::pair<std::string, std::vector<std::string>>> wild = {
      {"nback", {"lr=1e30", "grad_clip=0"}},
      {"microcircuit", {"eta_fw=[1e30, 1e30, 1e30]", "on_divergence=drop"}},
      {"dual_stream", {"slow_config.lr_dnn=1e30"}},
      {"dual_stream", {"slow_config.lr_dnn=1e30", "on_divergence=drop"}},
      {"plastic", {"lr_rate=1e30"}},
      {"layered", {"lr=1e30"}},
      {"ctd_task", {"train.learning_rate=1e30"}},
      {"ctd_data", {"train.lr=1e30"}}};
  const TemporaryDirectory folder;
  int nans = 0;
  for (std::size_t i = 0; i < wild.size(); ++i) {
    CAPTURE(wild[i].first, wild[i].second);
    const auto [odd, found] =
        odd_cells(metrics_of(wild[i].first, wild[i].second, folder / std::to_string(i)), false);
    CHECK(odd == std::vector<std::string>{});
    nans += found;
  }
  CHECK(nans > 0);
}

}  // namespace tsd
