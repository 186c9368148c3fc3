// Numbers that a recording can't have, with their places.
#include <limits>

#include "families/ctd_shared/values.hpp"
#include "support/catch.hpp"
#include "tsd/error.hpp"

namespace tsd::ctd {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
const Shape kShape = {2, 1, 3};

template <class Check>
std::string refusal(const Check& check, std::vector<float> values, bool may_be_missing = false) {
  try {
    check(values, kShape, "r.h5: /x", may_be_missing);
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("ctd values: places are those of an index") {
  CHECK(place({4, 5, 6}, 0) == "[0, 0, 0]");
  CHECK(place({4, 5, 6}, 37) == "[1, 1, 1]");
  CHECK(place({4, 5, 6}, 119) == "[3, 4, 5]");
}

TEST_CASE("ctd values: counts are whole, not negative, exact, and not all 0") {
  CHECK(refusal(check_counts, {0, 1, 0, 2, 999, 0}) == "");
  CHECK(refusal(check_counts, {0, 16777215, 0, 2, 0, 0}) == "");
  CHECK(refusal(check_counts, {0, 16777216, 0, 2, 0, 0}) ==
        "r.h5: /x[0, 0, 1]: expected a count of spikes, 0, 1, 2, .. below 16777216, got 16777216");
  CHECK(refusal(check_counts, {0, 0, 0, 0, 0, 0}) == "r.h5: /x: expected spikes, got none in 2 trials");
  CHECK(refusal(check_counts, {0, kNaN, 0, 2, 0, 0}) != "");
  CHECK(refusal(check_counts, {0, kNaN, 0, 2, 0, 0}, true) == "");
  CHECK(refusal(check_counts, {0, kNaN, 0, 2.5, 0, 0}, true) != "");
}

TEST_CASE("ctd values: rates are at least 0") {
  CHECK(refusal(check_rates, {0, 0.1f, 5, 0, 0, 0}) == "");
  CHECK(refusal(check_rates, {0, 0.1f, 5, 0, -0.1f, 0}) ==
        "r.h5: /x[1, 0, 1]: expected a rate in spikes per step, at least 0, not its logarithm, got -0.1");
  CHECK(refusal(check_rates, {0, kNaN, 5, 0, 0, 0}) != "");
  CHECK(refusal(check_rates, {0, kNaN, 5, 0, 0, 0}, true) == "");
  CHECK(refusal(check_rates, {0, kNaN, 5, 0, -1, 0}, true) != "");
}

TEST_CASE("ctd values: lengths are whole numbers of steps") {
  CHECK(checked_length(8, 8, "x") == 8);
  for (const double bad : {0.0, 3.5, 9.0, -1.0, double{kNaN}, 1e300}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(checked_length(bad, 8, "x"), DataError);
  }
}

}  // namespace tsd::ctd
