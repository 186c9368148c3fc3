// A run that goes on from given parameters: only from ones that fit.
#include "families/plastic/finished.hpp"
#include "support/catch.hpp"
#include "tsd/error.hpp"

namespace tsd::plastic {
namespace {

class File {
 public:
  File() {
    config.hidden_dims = {6, 5};
    config.hetero_rates = {1, 0.5};
    config.init_file = (folder_ / "model.safetensors").string();
    arrays = to_arrays(Layout(config.spec()), test::published_parameters(config));
  }

  std::vector<float> loaded() const {
    write_safetensors(*config.init_file, {arrays, {}});
    return PlasticExperiment(config, test::context()).learners()[0].parameters();
  }
  // The one error that it brings.
  std::string error() const {
    try {
      loaded();
    } catch (const DataError& error) {
      return error.what();
    }
    return "";
  }
  Array& array(const std::string& name) { return *std::ranges::find(arrays, name, &Array::name); }

  Config config;
  Arrays arrays;

 private:
  test::TemporaryDirectory folder_;
};

bool says(const std::string& error, const File& file, const std::string& rest) {
  return error == *file.config.init_file + ": " + rest;
}

}  // namespace

TEST_CASE("plastic init_file: a fitting file is taken over to the bit", "[plastic]") {
  File file;
  CHECK(file.loaded() == test::published_parameters(file.config));
  std::swap(file.arrays.front(), file.arrays.back());  // order is free
  CHECK(file.loaded() == test::published_parameters(file.config));
  file.arrays.push_back(make_scalar("lambda_list.2", 1.0f));  // as of plastic_types that nothing used
  CHECK(file.loaded() == test::published_parameters(file.config));
}

TEST_CASE("plastic init_file: what does not fit is told with its name", "[plastic]") {
  SECTION("missing") {
    File file;
    std::erase_if(file.arrays, [](const Array& a) { return a.name == "eta_matrix_list.1"; });
    const std::string error = file.error();
    INFO(error);
    CHECK(error.find("eta_matrix_list.1") != std::string::npos);
    CHECK(error.find(*file.config.init_file) != std::string::npos);
  }
  SECTION("shape") {
    File file;
    file.array("weight_matrix_list.1").shape = {6, 5};
    const std::string error = file.error();
    INFO(error);
    CHECK(says(error, file, "weight_matrix_list.1: expected f32 [5, 6], got f32 [6, 5]"));
  }
  SECTION("not finite") {
    File file;
    file.array("bias_matrix_list.0").as<float>()[3] = NAN;
    const std::string error = file.error();
    INFO(error);
    CHECK(says(error, file, "bias_matrix_list.0: expected finite numbers, got others"));
  }
  SECTION("of another network") {
    File file;
    file.arrays.push_back(make_array<float>("weight_matrix_list.2", std::vector<float>(25), {5, 5}));
    const std::string error = file.error();
    INFO(error);
    CHECK(
        says(error, file, "weight_matrix_list.2: no parameter of this network; expected 10 arrays, got 11"));
  }
}

}  // namespace tsd::plastic
