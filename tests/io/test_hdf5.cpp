#include "tsd/io/hdf5.hpp"

#include <cmath>
#include <cstdlib>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include "tsd/error.hpp"
#include "tsd/io/atomic_file.hpp"

using namespace tsd;
using test::TemporaryDirectory;

namespace {
void write_sample(const std::filesystem::path& path) {
  Hdf5Writer file(path);
  file.attribute("/", "family", std::string("toy"));
  file.attribute("/", "seed", std::int64_t{7});
  file.attribute("/group", "lr", 0.5);
  file.dataset<float>("/a/b/x", std::span<const float>(std::vector<float>{1, 2, 3, 4, 5, 6}), {2, 3}, {"row,column", "mV", "six numbers"});
  file.strings("/names", {"car", "airplane"}, {"name", "", "two words"});
  file.text("/provenance/config_yaml", "seed: 7\n", {"", "", "resolved config"});
  std::vector<double> large(1 << 18);
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = std::sqrt(static_cast<double>(i));
  file.dataset<double>("/large", std::span<const double>(large), {1 << 10, 1 << 8}, {"i,j", "", "compressed"});
  file.close();
}
}  // namespace

TEST_CASE("hdf5: what is written is read back", "[io]") {
  const TemporaryDirectory folder;
  write_sample(folder / "a.h5");
  const Hdf5Reader file(folder / "a.h5");
  CHECK(file.text_attribute("/", "family") == "toy");
  CHECK(file.number_attribute("/", "seed") == 7);
  CHECK(file.number_attribute("/group", "lr") == 0.5);
  CHECK(file.text_attribute("/a/b/x", "units") == "mV");
  const Array x = file.dataset("/a/b/x", DType::f32, {2, -1});
  CHECK(x.as<float>()[5] == 6);
  CHECK(file.strings("/names") == std::vector<std::string>{"car", "airplane"});
  CHECK(file.text("/provenance/config_yaml") == "seed: 7\n");
  CHECK(file.dataset("/large").as<double>()[81] == 9);
  CHECK(file.list("/") == std::vector<std::string>{"a", "group", "large", "names", "provenance"});
  CHECK(file.exists("/a/b"));
  CHECK_FALSE(file.exists("/a/c/d"));
}

TEST_CASE("hdf5: equal content gives equal bytes", "[io]") {
  const TemporaryDirectory folder;
  write_sample(folder / "a.h5");
  write_sample(folder / "b.h5");
  CHECK(read_bytes(folder / "a.h5", 1 << 24) == read_bytes(folder / "b.h5", 1 << 24));
}

TEST_CASE("hdf5: errors name file, dataset, expected and got", "[io]") {
  const TemporaryDirectory folder;
  write_sample(folder / "a.h5");
  const Hdf5Reader file(folder / "a.h5");
  using Catch::Contains;
  CHECK_THROWS_WITH(file.dataset("/a/b/x", DType::f32, {2, 4}), Contains("a.h5: /a/b/x: expected shape [2, 4], got [2, 3]"));
  CHECK_THROWS_WITH(file.dataset("/a/b/x", DType::f64, {2, 3}), Contains("expected f64, got f32"));
  CHECK_THROWS_WITH(file.dataset("/nothing"), Contains("/nothing: dataset is missing"));
  CHECK_THROWS_WITH(file.strings("/a/b/x"), Contains("expected strings"));
  CHECK_THROWS_AS(Hdf5Reader(folder / "nothing.h5"), MissingInput);
  write_atomically(folder / "text.h5", std::string_view("no HDF5"));
  CHECK_THROWS_WITH(Hdf5Reader(folder / "text.h5"), Contains("not an HDF5 file"));
  {
    Hdf5Writer bad(folder / "nan.h5");
    bad.dataset("/x", std::vector<double>{1, NAN}, {"i", "", ""});
    bad.close();
  }
  CHECK_THROWS_WITH(Hdf5Reader(folder / "nan.h5").dataset("/x", DType::f64, {2}), Contains("element 1: expected a finite number, got nan"));
}

TEST_CASE("hdf5: without close() nothing appears", "[io]") {
  const TemporaryDirectory folder;
  { Hdf5Writer given_up(folder / "a.h5"); }
  CHECK(std::filesystem::is_empty(folder.path()));
}
