// Words of the command line, one a line: key.path=value.
#include <sstream>

#include "engine/sample_family.hpp"
#include "fuzz/fuzz.hpp"
#include "tsd/engine/config/config.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<tsd::Family> families = {sample::family()};
  static const std::string text = "family: sample\nepochs: 3\nmodel: {cell: lstm, readout: {bias: true}}\n";
  static const tsd::ConfigFile config(
      tsd::fuzz::file_with("config.yaml", reinterpret_cast<const std::uint8_t*>(text.data()), text.size()),
      families);
  std::istringstream lines(std::string(reinterpret_cast<const char*>(data), size));
  std::vector<std::string> words;
  for (std::string line; std::getline(lines, line);) words.push_back(line);
  tsd::fuzz::read_or_refused([&] { config.resolve(std::nullopt, words); });
  return 0;
}
