#include "tsd/io/safetensors.hpp"

#include <cmath>
#include <cstring>
#include <random>

#include "support/catch.hpp"
#include "support/process.hpp"
#include "tsd/error.hpp"
#include "tsd/io/atomic_file.hpp"

using namespace tsd;
using test::TemporaryDirectory;

namespace {

TensorFile sample() {
  return {{make_array<float>("weight", std::vector<float>{1.5f, -2, 3, 4, 5, 6}),
           make_scalar<std::int64_t>("step", 7),
           make_array<std::uint8_t>("bytes", std::vector<std::uint8_t>{1, 2, 3})},
          {{"family", "toy"}, {"format_version", "1"}}};
}

void put(const std::filesystem::path& path, const std::string& header, const std::string& data) {
  std::string bytes(8, '\0');
  const std::uint64_t size = header.size();
  std::memcpy(bytes.data(), &size, 8);
  test::spit(path, bytes + header + data);
}

}  // namespace

TEST_CASE("safetensors: what is written is read back", "[io]") {
  const TemporaryDirectory folder;
  write_safetensors(folder / "a.safetensors", sample());
  const TensorFile read = read_safetensors(folder / "a.safetensors", Checksum::required);
  REQUIRE(read.arrays.size() == 3);
  CHECK(read.arrays[0].name == "weight");
  CHECK(read.arrays[0].bytes == sample().arrays[0].bytes);
  CHECK(scalar<std::int64_t>(read.arrays, "step") == 7);
  CHECK(read.metadata == sample().metadata);
}

TEST_CASE("safetensors: equal content gives equal bytes", "[io]") {
  const TemporaryDirectory folder;
  write_safetensors(folder / "a", sample());
  write_safetensors(folder / "b", sample());
  CHECK(read_bytes(folder / "a", 1 << 20) == read_bytes(folder / "b", 1 << 20));
}

TEST_CASE("safetensors: one flipped bit anywhere is refused", "[io]") {
  const TemporaryDirectory folder;
  write_safetensors(folder / "a", sample());
  const auto sound = test::slurp(folder / "a");
  for (std::size_t at = 0; at < sound.size(); ++at) {
    auto damaged = sound;
    damaged[at] ^= static_cast<char>(1u << at % 8);
    test::spit(folder / "b", damaged);
    INFO("byte " << at);
    CHECK_THROWS_AS(read_safetensors(folder / "b", Checksum::required), DataError);
  }
}

TEST_CASE("safetensors: headers made to harm are refused", "[io]") {
  const TemporaryDirectory folder;
  const std::string cases[] = {
      R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})",  // shape larger than its bytes
      R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",  // hole
      R"({"a":{"dtype":"F32","shape":[4000000000,4000000000],"data_offsets":[0,8]}})",  // overflow
      R"({"a":{"dtype":"F32","shape":[9],"data_offsets":[0,36]}})",                     // beyond the file
      R"({"a":{"dtype":"F99","shape":[1],"data_offsets":[0,4]}})",                      // unknown type
      R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,8]}})",                     // negative
      R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",   // four bytes left over
      R"({"a":{"dtype":"U8","shape":[8.0],"data_offsets":[0,8]}})",  // not whole
      R"({"a":{"dtype":"U8","shape":[0,18446744073709551615],"data_offsets":[0,0]},"b":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}})",
      R"({"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}})",  // twice
      R"({"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})",  // overlap
      R"({"a":{"dtype":"U8","shape":[8],"data_offsets":[8,0]}})",  // backwards
      R"({"__metadata__":{"k":1},"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}})",
      R"([1,2])",
      R"({"a":1})",
      "{",
      ""};
  for (const auto& header : cases) {
    put(folder / "x", header, std::string(8, '\1'));
    INFO(header);
    CHECK_THROWS_AS(read_safetensors(folder / "x", Checksum::if_present), DataError);
  }
  CHECK_THROWS_AS(read_safetensors(folder / "nowhere", Checksum::if_present), MissingInput);
}

TEST_CASE("safetensors: a file without digest passes only where that is allowed", "[io]") {
  const TemporaryDirectory folder;
  put(folder / "x", R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", std::string(8, '\1'));
  CHECK(read_safetensors(folder / "x", Checksum::if_present).arrays.size() == 1);
  CHECK_THROWS_AS(read_safetensors(folder / "x", Checksum::required), DataError);
}

TEST_CASE("safetensors: any changed byte of a larger file is refused", "[io]") {
  const TemporaryDirectory folder;
  TensorFile file = sample();
  file.arrays.push_back(make_array<double>("moments", std::vector<double>(5000, 0.1)));
  write_safetensors(folder / "a", file);
  const auto sound = test::slurp(folder / "a");
  std::mt19937 random(1);
  int refused = 0;
  for (int trial = 0; trial < 10000; ++trial) {
    auto damaged = sound;
    damaged[random() % damaged.size()] ^= static_cast<char>(1 + random() % 255);
    test::spit(folder / "b", damaged);
    try {
      read_safetensors(folder / "b", Checksum::required);
    } catch (const DataError&) {
      ++refused;
    }
  }
  CHECK(refused == 10000);
}

// Made by the Python package safetensors 0.8 from torch tensors of these types; values as torch converts
// them.
TEST_CASE("safetensors: types of files made elsewhere", "[io]") {
  const TemporaryDirectory folder;
  const std::string header =
      R"({"__metadata__":{"format":"pt"},"f64":{"dtype":"F64","shape":[],"data_offsets":[0,8]},)"
      R"("none":{"dtype":"F32","shape":[0,3],"data_offsets":[8,8]},"u32":{"dtype":"U32","shape":[1],"data_offsets":[8,12]},)"
      R"("brain":{"dtype":"BF16","shape":[2],"data_offsets":[12,16]},"half":{"dtype":"F16","shape":[5],"data_offsets":[16,26]},)"
      R"("u16":{"dtype":"U16","shape":[1],"data_offsets":[26,28]},"i16":{"dtype":"I16","shape":[2,1],"data_offsets":[28,32]},)"
      R"("i8":{"dtype":"I8","shape":[2],"data_offsets":[32,34]},"flag":{"dtype":"BOOL","shape":[2],"data_offsets":[34,36]}}    )";
  const unsigned char data[] = {0x9a, 0x99, 0x99, 0x99, 0x99, 0x99, 0xb9, 0x3f, 0xff, 0xff, 0xff, 0xff,
                                0xc0, 0x3f, 0x62, 0xff, 0x00, 0x3e, 0x00, 0xc0, 0x01, 0x00, 0xff, 0x7b,
                                0x00, 0x7c, 0xff, 0xff, 0x00, 0x80, 0xff, 0x7f, 0x80, 0x7f, 0x01, 0x00};
  put(folder / "a", header, {std::begin(data), std::end(data)});
  const auto file = read_safetensors(folder / "a", Checksum::if_present);
  CHECK(file.metadata == std::map<std::string, std::string>{{"format", "pt"}});
  const auto values = [&]<class T>(const char* name, T) {
    const auto span = find(file.arrays, name).as<T>();
    return std::vector<T>(span.begin(), span.end());
  };
  CHECK(file.arrays[0].name == "f64");
  CHECK(values("f64", 0.0) == std::vector<double>{0.1});
  CHECK(find(file.arrays, "none").shape == Shape{0, 3});
  CHECK(values("u32", std::int64_t{}) == std::vector<std::int64_t>{4294967295});
  CHECK(values("brain", 0.f) == std::vector<float>{1.5f, -3.00405527047391e+38f});
  CHECK(values("half", 0.f) == std::vector<float>{1.5f, -2, 5.960464477539063e-08f, 65504, INFINITY});
  CHECK(values("u16", std::int32_t{}) == std::vector<std::int32_t>{65535});
  CHECK(values("i16", std::int32_t{}) == std::vector<std::int32_t>{-32768, 32767});
  CHECK(values("i8", std::int32_t{}) == std::vector<std::int32_t>{-128, 127});
  CHECK(values("flag", std::uint8_t{}) == std::vector<std::uint8_t>{1, 0});
}

// The digest would refuse each of these before the parser sees it, so the files have none.
TEST_CASE("safetensors: mutated headers never do worse than an error", "[io]") {
  const TemporaryDirectory folder;
  const std::string sound =
      R"({"weight":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"step":{"dtype":"I64","shape":[],"data_offsets":[24,32]},)"
      R"("__metadata__":{"family":"toy"},"bytes":{"dtype":"U8","shape":[3],"data_offsets":[32,35]}})";
  const std::string letters = "{}[],:\"0123456789-.eF\\ u";
  std::mt19937 random(1);
  const auto letter = [&] {
    return random() % 4 ? letters[random() % letters.size()] : static_cast<char>(random());
  };
  int read = 0, refused = 0;
  for (int trial = 0; trial < 20000; ++trial) {
    std::string header = sound;
    for (int change = 1 + static_cast<int>(random() % 3); change > 0; --change) {
      const auto at = random() % header.size();
      if (random() % 3 == 0)
        header.insert(at, 1, letter());
      else if (random() % 2)
        header.erase(at, 1 + random() % 4);
      else
        header[at] = letter();
    }
    put(folder / "b", header, std::string(35, '\1'));
    try {
      for (const auto& array : read_safetensors(folder / "b", Checksum::if_present).arrays)
        REQUIRE(array.bytes.size() == static_cast<std::size_t>(count(array.shape)) * size_of(array.dtype));
      ++read;
    } catch (const DataError&) {
      ++refused;
    }
  }
  CHECK(read > 500);  // a changed name, a space: still sound
  CHECK(refused > 10000);
}
