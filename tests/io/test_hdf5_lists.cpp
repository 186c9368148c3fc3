#include "tsd/io/hdf5_lists.hpp"

#include <H5Cpp.h>

#include "support/catch.hpp"
#include "support/refusal.hpp"
#include "support/temporary_directory.hpp"

using namespace tsd;
using test::TemporaryDirectory;
using Lists = std::vector<std::vector<std::int64_t>>;

namespace {

// As h5py writes lists of unequal length, and tables.
void write_lists(const std::filesystem::path& path) {
  const H5::H5File file(path.string(), H5F_ACC_TRUNC);
  std::int64_t first[] = {1, 2, 3}, last[] = {-4};
  const hvl_t lists[] = {{3, first}, {0, nullptr}, {1, last}};
  const H5::VarLenType type(H5::PredType::STD_I64LE);
  const hsize_t three = 3, table[] = {2, 2}, huge[] = {hsize_t{1} << 40, 4};
  file.createDataSet("lists", type, H5::DataSpace(1, &three)).write(lists, type);
  const std::int32_t numbers[] = {1, 2, 3, 4};
  file.createDataSet("table", H5::PredType::STD_I32LE, H5::DataSpace(2, table))
      .write(numbers, H5::PredType::NATIVE_INT32);
  file.createDataSet("huge", H5::PredType::STD_I64LE, H5::DataSpace(2, huge));
  file.createDataSet("reals", H5::PredType::IEEE_F32LE, H5::DataSpace(2, table));
}

}  // namespace

TEST_CASE("hdf5 lists: of unequal and of equal length", "[io]") {
  const TemporaryDirectory folder;
  write_lists(folder / "a.h5");
  CHECK(integer_lists(folder / "a.h5", "/lists") == Lists{{1, 2, 3}, {}, {-4}});
  CHECK(integer_lists(folder / "a.h5", "/table") == Lists{{1, 2}, {3, 4}});
}

TEST_CASE("hdf5 lists: what is none, or only claims to be there, is refused", "[io]") {
  const TemporaryDirectory folder;
  write_lists(folder / "a.h5");
  const auto told = [&](const char* name) {
    return test::refusal([&] { integer_lists(folder / "a.h5", name); });
  };
  const std::string file = (folder / "a.h5").string() + ": ";
  CHECK(told("/huge") == file + "/huge: shape [1099511627776, 4] is larger than the 0 bytes stored for it");
  CHECK(told("/reals") == file + "/reals: expected lists of whole numbers, got something else");
  CHECK(told("/nothing") == file + "/nothing: dataset is missing");
}
