// Files as Python sees them. The program is named by the environment variable TSD_PYTHON, else python3.
#include <cmath>
#include <cstdlib>

#include "support/catch.hpp"
#include "support/process.hpp"
#include "tsd/io/hdf5.hpp"
#include "tsd/io/safetensors.hpp"

using namespace tsd;

TEST_CASE("files: Python reads them without special code", "[io]") {
  const test::TemporaryDirectory folder;
  Hdf5Writer results(folder / "results.h5");
  results.attribute("/", "family", std::string("toy é"));
  results.attribute("/", "seed", std::int64_t{7});
  results.attribute("/group", "lr", 0.5);
  results.dataset<float>("/a/b/x", std::span<const float>(std::vector<float>{1, 2, 3, 4, 5, 6}), {2, 3},
                         {"row,column", "mV", "six numbers"});
  results.strings("/names", {"car", "airplane"}, {"name", "", "two words"});
  results.text("/provenance/config_yaml", "seed: 7\n", {"", "", "resolved config"});
  std::vector<double> large(1 << 18);
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = std::sqrt(static_cast<double>(i));
  results.dataset<double>("/large", std::span<const double>(large), {1 << 10, 1 << 8},
                          {"i,j", "", "compressed"});
  results.close();
  const std::vector<float> weight{1.5f, -2, 3, 4, 5, 6};
  write_safetensors(folder / "state.safetensors", {{make_array<float>("weight", std::span(weight), {2, 3}),
                                                    make_scalar<std::int64_t>("step", 7)},
                                                   {{"family", "toy"}}});

  const char* python = std::getenv("TSD_PYTHON");
  const auto outcome = test::run_process(
      {python ? python : "python3", TSD_SOURCE_DIR "/tests/io/read_files.py", folder.path()});
  if (outcome.code == 77) {
    WARN("skipped: " << outcome.out << "set TSD_PYTHON to a Python that has h5py");
    return;
  }
  INFO(outcome.err);
  CHECK(outcome.code == 0);
}
