// Angles of lateral and backward weights, and the pseudo-inverse in them.
#include <cmath>

#include "families/microcircuit/analysis/alignment.hpp"
#include "families/microcircuit/simulated.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

using namespace tsd;
using namespace tsd::microcircuit;

namespace {

std::vector<double> aligned(const Config& config, const std::string& name) {
  Finished run(config);
  const test::TemporaryDirectory folder;
  Hdf5Writer writer(folder / "alignment.h5");
  alignment().run(run.experiment, writer);
  writer.close();
  const Array angles = Hdf5Reader(folder / "alignment.h5").dataset("/students/0/" + name);
  return {angles.as<double>().begin(), angles.as<double>().end()};
}

Config kept(std::vector<std::string> more) {
  more.push_back("keep_weights_every=4");
  return published("smoke", more);
}

}  // namespace

TEST_CASE("alignment: the pseudo-inverse of matrices with a known one", "[microcircuit]") {
  const std::vector<double> wide = pseudo_inverse(std::vector<double>{1, 1, 0, 0, 0, 2}, 2, 3);
  const std::vector<double> expected = {0.5, 0, 0.5, 0, 0, 0.5};
  for (std::size_t e = 0; e < 6; ++e) CHECK(wide[e] == Approx(expected[e]).margin(1e-15));
  const std::vector<double> tall = pseudo_inverse(std::vector<double>{3, 4}, 2, 1);
  CHECK(tall[0] == Approx(0.12));
  CHECK(tall[1] == Approx(0.16));
  const std::vector<double> square = pseudo_inverse(std::vector<double>{0, 2, 4, 0}, 2, 2);
  CHECK(square == std::vector<double>{0, 0.25, 0.5, 0});
  CHECK(pseudo_inverse(std::vector<double>{1, 2, 2, 4}, 2, 2).empty());
}

TEST_CASE("alignment: in BP lateral weights cancel feedback, which is the transpose", "[microcircuit]") {
  const std::vector<std::string> bp = {"model_type=BP", "eta_PI=[0, 0]"};
  for (const double angle : aligned(kept(bp), "angle_BPI_BPP")) CHECK(angle < 1e-5);  // the cosine is rounded
  for (const double angle : aligned(kept(bp), "angle_WPPT_BPP")) CHECK(angle < 2);    // a step late
  CHECK(aligned(kept(bp), "angle_BPI_BPP").size() == 3 * 2);  // after epochs 1, 5 and 9
  const auto frozen = [](const char* name) {
    return aligned(kept({"model_type=FA", "task=bw_only", "eta_PI=[0, 0]", "eta_IP=[0, 0]"}), name);
  };
  for (const double angle : frozen("angle_WIP_WPP")) CHECK(angle < 1e-5);  // as it began, self-predicting
  for (const double angle : frozen("angle_BPI_BPP")) CHECK(angle < 1e-5);
  const auto first = frozen("angle_BPP_inverse");
  for (std::size_t set = 1; set < 3; ++set) CHECK(first[2 * set] == first[0]);
}

TEST_CASE("alignment: what was not recorded has no angle", "[microcircuit]") {
  for (const double angle : aligned(published("smoke"), "angle_BPI_BPP")) CHECK(std::isnan(angle));
  for (const double angle : aligned(published("smoke"), "angle_BPP_inverse")) CHECK(std::isfinite(angle));
}
