#include "tsd/io/hdf5.hpp"

#include <H5Cpp.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <fstream>

#include "support/catch.hpp"
#include "support/refusal.hpp"
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
  file.dataset<float>("/a/b/x", std::span<const float>(std::vector<float>{1, 2, 3, 4, 5, 6}), {2, 3},
                      {"row,column", "mV", "six numbers"});
  file.strings("/names", {"car", "airplane"}, {"name", "", "two words"});
  file.text("/provenance/config_yaml", "seed: 7\n", {"", "", "resolved config"});
  std::vector<double> large(1 << 18);
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = std::sqrt(static_cast<double>(i));
  file.dataset<double>("/large", std::span<const double>(large), {1 << 10, 1 << 8},
                       {"i,j", "", "compressed"});
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
  CHECK(file.list("/a/b") == std::vector<std::string>{"x"});
  CHECK(file.list("/") == std::vector<std::string>{"a", "column", "group", "i", "j", "large", "name", "names",
                                                   "provenance", "row"});  // and axes without values
  CHECK(file.exists("/a/b"));
  CHECK_FALSE(file.exists("/a/c/d"));
}

TEST_CASE("hdf5: equal content gives equal bytes", "[io]") {
  const TemporaryDirectory folder;
  write_sample(folder / "a.h5");
  write_sample(folder / "b.h5");
  CHECK(read_bytes(folder / "a.h5", 1 << 24) == read_bytes(folder / "b.h5", 1 << 24));
}

TEST_CASE("hdf5: one changed byte anywhere is found, and what others change is read", "[io]") {
  const TemporaryDirectory folder;
  Hdf5Writer file(folder / "a.h5");
  file.dataset<double>("/x", std::span<const double>(std::vector<double>{1, 2, 3}), {3},
                       {"i", "", "numbers"});
  file.close();
  const auto bytes = read_bytes(folder / "a.h5", 1 << 20);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    auto changed = bytes;
    changed[at] ^= std::byte{4};
    write_atomically(folder / "b.h5", changed);
    // The line of the checksum itself is recognised by its first word; without it HDF5 reads the right numbers.
    double read = -1;
    try {
      read = Hdf5Reader(folder / "b.h5").dataset("/x").as<double>()[2];
    } catch (const DataError&) {
      continue;
    }
    INFO("byte " << at << " of " << bytes.size());
    CHECK(at >= bytes.size() - 46);
    CHECK(read == 3);
  }
  H5::H5File(folder / "a.h5", H5F_ACC_RDWR)
      .openDataSet("/x")
      .write(std::vector<double>{4, 5, 6}.data(), H5::PredType::NATIVE_DOUBLE);
  CHECK(Hdf5Reader(folder / "a.h5").dataset("/x").as<double>()[2] == 6);
}

TEST_CASE("hdf5: errors name file, dataset, expected and got", "[io]") {
  const TemporaryDirectory folder;
  write_sample(folder / "a.h5");
  const Hdf5Reader file(folder / "a.h5");
  using Catch::Contains;
  CHECK_THROWS_WITH(file.dataset("/a/b/x", DType::f32, {2, 4}),
                    Contains("a.h5: /a/b/x: expected shape [2, 4], got [2, 3]"));
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
  CHECK_THROWS_WITH(Hdf5Reader(folder / "nan.h5").dataset("/x", DType::f64, {2}),
                    Contains("element 1: expected a finite number, got nan"));
}

// What other programs may write, and what a damaged header may claim.
TEST_CASE("hdf5: foreign files are read or refused, never trusted", "[io]") {
  const TemporaryDirectory folder;
  const std::string path = folder / "foreign.h5";
  {
    H5::H5File file(path, H5F_ACC_TRUNC);
    const hsize_t many = 1000, huge = hsize_t{1} << 36, chunk = 1 << 10, two = 2;
    file.createAttribute("list", H5::PredType::NATIVE_DOUBLE, H5::DataSpace(1, &many));
    file.createAttribute("number", H5::PredType::NATIVE_INT, H5::DataSpace(H5S_SCALAR));
    H5::DSetCreatPropList chunked;
    chunked.setChunk(1, &chunk);
    file.createDataSet("sparse", H5::PredType::NATIVE_DOUBLE, H5::DataSpace(1, &huge), chunked);
    file.createDataSet("words", H5::StrType(H5::PredType::C_S1, 1 << 16), H5::DataSpace(1, &huge), chunked);
    H5::EnumType bool_type(H5::PredType::NATIVE_INT8), wide_type(H5::PredType::NATIVE_INT32);
    std::int8_t no = 0, yes = 1;
    const std::int8_t flags[] = {1, 0};
    std::int32_t wide = 7;
    bool_type.insert("FALSE", &no);
    bool_type.insert("TRUE", &yes);
    wide_type.insert("seven", &wide);
    file.createDataSet("bool", bool_type, H5::DataSpace(1, &two)).write(flags, bool_type);
    file.createDataSet("enum", wide_type, H5::DataSpace(1, &two));
    const std::int16_t shorts[] = {-5, 300};
    file.createDataSet("short", H5::PredType::STD_I16BE, H5::DataSpace(1, &two))
        .write(shorts, H5::PredType::NATIVE_INT16);
    file.close();
  }
  const Hdf5Reader file(path);
  using Catch::Contains;
  CHECK_THROWS_WITH(file.number_attribute("/", "list"), Contains("/@list: expected a single value"));
  CHECK_THROWS_WITH(file.text_attribute("/", "number"), Contains("/@number: expected text"));
  CHECK_THROWS_WITH(file.dataset("/sparse"),
                    Contains("/sparse: shape [68719476736] is larger than the 0 bytes stored"));
  CHECK_THROWS_WITH(file.strings("/words"), Contains("/words: shape [68719476736] is larger"));
  CHECK_THROWS_WITH(file.dataset("/enum"), Contains("/enum: expected numbers"));
  CHECK(file.dataset("/bool", DType::u8, {2}).as<std::uint8_t>()[0] == 1);
  CHECK(file.dataset("/short", DType::i32, {2}).as<std::int32_t>()[1] == 300);
}

TEST_CASE("hdf5: without close() nothing appears", "[io]") {
  const TemporaryDirectory folder;
  { Hdf5Writer given_up(folder / "a.h5"); }
  CHECK(std::filesystem::is_empty(folder.path()));
}

namespace {
std::string refusal(const std::filesystem::path& path, const std::string& dataset) {
  try {
    (void)Hdf5Reader(path).dataset(dataset);
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// Chunks that claim to have passed a filter which no library here has.
void write_filtered(const std::filesystem::path& path) {
  constexpr H5Z_filter_t kLzf = 32000;
  const H5::H5File file(path.string(), H5F_ACC_TRUNC);
  const hsize_t extent = 4;
  H5::DSetCreatPropList creation;
  creation.setChunk(1, &extent);
  REQUIRE(H5Pset_filter(creation.getId(), kLzf, H5Z_FLAG_OPTIONAL, 0, nullptr) >= 0);
  const H5::DataSet set =
      file.createDataSet("x", H5::PredType::IEEE_F32LE, H5::DataSpace(1, &extent), creation);
  const float values[4] = {1, 2, 3, 4};
  const hsize_t offset = 0;
  REQUIRE(H5Dwrite_chunk(set.getId(), H5P_DEFAULT, 0, &offset, sizeof values, values) >= 0);
}
}  // namespace

TEST_CASE("hdf5: a reader's error has the library's own reason", "[io]") {
  const TemporaryDirectory folder;
  write_sample(folder / "a.h5");
  std::filesystem::resize_file(folder / "a.h5", std::filesystem::file_size(folder / "a.h5") / 2);
  CHECK(has(refusal(folder / "a.h5", "/large"), "a.h5: cannot read (truncated file: eof = "));

  write_sample(folder / "b.h5");
  const int descriptor = ::open((folder / "b.h5").c_str(), O_RDWR);
  REQUIRE(flock(descriptor, LOCK_EX) == 0);
  CHECK(has(refusal(folder / "b.h5", "/large"), "unable to lock file"));
  ::close(descriptor);
  CHECK(refusal(folder / "b.h5", "/large") == "");

  write_filtered(folder / "c.h5");
  CHECK(has(refusal(folder / "c.h5", "/x"),
            "c.h5: /x: expected no compression, or gzip, got filter 32000, which"));
}

TEST_CASE("hdf5: a name without a group is one at the root", "[hdf5]") {
  test::TemporaryDirectory folder;
  {
    Hdf5Writer file(folder / "a.h5");
    file.dataset<double>("values", {{1, 2, 3}}, {"step", "", ""});
    file.close();
  }
  const Hdf5Reader file(folder / "a.h5");
  CHECK(file.dataset("/values").shape == Shape{3});
  CHECK(file.text_attribute("/values", "dims") == "step");
}

TEST_CASE("hdf5: where hardly any address space is left, the library is not asked", "[hdf5]") {
  const TemporaryDirectory folder;
  write_sample(folder / "there.h5");
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_AS, &before) == 0);
  rlimit little = before;
  little.rlim_cur = pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)) + (8u << 20);
  REQUIRE(setrlimit(RLIMIT_AS, &little) == 0);
  const std::string written = test::refusal<OutOfMemory>([&] { Hdf5Writer file(folder / "new.h5"); });
  const std::string read = test::refusal<OutOfMemory>([&] { const Hdf5Reader file(folder / "there.h5"); });
  REQUIRE(setrlimit(RLIMIT_AS, &before) == 0);
  const std::string reason = ": out of memory (less than 16 MB of address space are left)";
  CHECK(written.starts_with((folder / "new.h5").string() + reason));
  CHECK(read.starts_with((folder / "there.h5").string() + reason));
  CHECK(refusal(folder / "there.h5", "/large") == "");
}
