// The first 200 iterations against PyTorch with automatic differentiation, seed for seed:
// scripts/reference/oracles/plastic/course.py NETWORK TYPES WIDTHS. As a table over seeds these runs are the early
// course of plastic.md 11.6.
#include "families/plastic/learner.hpp"
#include "support/catch.hpp"

namespace tsd::plastic {
namespace {

struct Course {
  NetworkType type;
  std::vector<int> hidden;
  std::vector<std::string> types;
  double loss_100[10], loss_200[10],
      l_200[10];  // of seeds 0 to 9; l: raw decay of the first layer, after the step
};

const Course kCourses[] = {
    {NetworkType::Memo,
     {50, 50},
     {"M", "A"},
     {0.450816, 0.683286, 0.661267, 0.509204, 0.475150, 0.424227, 0.451937, 0.488655, 0.430489, 0.431124},
     {0.256398, 0.521654, 0.484266, 0.330460, 0.370119, 0.275223, 0.264417, 0.324511, 0.259045, 0.300543},
     {1.243365, 1.235040, 1.149519, 1.214683, 1.201368, 1.215261, 1.212467, 1.228621, 1.199850, 1.189737}},
    {NetworkType::Dyn_RO,
     {50, 50},
     {"M", "A"},
     {0.612395, 0.676643, 0.693659, 0.630105, 0.576015, 0.587693, 0.626651, 0.619032, 0.595139, 0.578157},
     {0.520232, 0.610405, 0.608212, 0.573822, 0.514604, 0.400976, 0.534380, 0.538195, 0.457921, 0.456919},
     {1.289912, 1.159771, 1.042910, 1.214617, 1.240354, 1.268216, 1.238505, 1.239997, 1.253149, 1.253672}},
    {NetworkType::Memo,
     {100},
     {"M"},
     {0.650878, 0.644535, 0.697288, 0.581249, 0.558801, 0.569028, 0.641913, 0.593066, 0.530177, 0.634359},
     {0.607079, 0.523285, 0.604097, 0.459844, 0.449584, 0.446634, 0.581754, 0.499899, 0.399179, 0.572941},
     {1.011025, 1.138000, 0.912455, 1.224647, 1.219091, 1.273667, 1.047388, 1.204944, 1.284603, 1.064860}}};

}  // namespace

TEST_CASE("plastic course: loss and decay of 201 iterations as in PyTorch, ten seeds", "[plastic]") {
  for (const Course& course : kCourses)
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      Config c;
      c.network_type = course.type;
      c.hidden_dims = course.hidden;
      c.plastic_types = course.types;
      c.hetero_rates.assign(course.types.size(), 1);
      Learner learner(c, seed, native_backend(c.spec(), c.bce));
      for (int i = 0; i < 201; ++i) learner.step();
      const ScalarTable& table = learner.table();
      const auto value = [&](std::size_t record, Scalar scalar) {
        return learner.log()[record * table.width() + table.first(static_cast<std::size_t>(scalar))];
      };
      CAPTURE(c.reference_name(), seed);
      // Rounding in float32 and Adam's division of small gradients grow to 2e-6 here.
      CHECK(value(1, Scalar::loss) == Approx(course.loss_100[seed]).margin(2e-5));
      CHECK(value(2, Scalar::loss) == Approx(course.loss_200[seed]).margin(2e-5));
      CHECK(value(2, Scalar::lambda_raw) == Approx(course.l_200[seed]).margin(2e-5));
    }
}

}  // namespace tsd::plastic
