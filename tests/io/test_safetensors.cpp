#include "tsd/io/safetensors.hpp"

#include <cstring>
#include <random>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include "tsd/error.hpp"
#include "tsd/io/atomic_file.hpp"

using namespace tsd;
using test::TemporaryDirectory;

namespace {

TensorFile sample() {
  return {{make_array<float>("weight", std::vector<float>{1.5f, -2, 3, 4, 5, 6}), make_scalar<std::int64_t>("step", 7),
           make_array<std::uint8_t>("bytes", std::vector<std::uint8_t>{1, 2, 3})},
          {{"family", "toy"}, {"format_version", "1"}}};
}

void put(const std::filesystem::path& path, const std::string& header, std::size_t data) {
  std::string bytes(8, '\0');
  const std::uint64_t size = header.size();
  std::memcpy(bytes.data(), &size, 8);
  write_atomically(path, bytes + header + std::string(data, '\1'));
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
  const auto sound = read_bytes(folder / "a", 1 << 20);
  for (std::size_t at = 0; at < sound.size(); ++at) {
    auto damaged = sound;
    damaged[at] ^= std::byte{static_cast<unsigned char>(1u << at % 8)};
    write_atomically(folder / "b", damaged);
    INFO("byte " << at);
    CHECK_THROWS_AS(read_safetensors(folder / "b", Checksum::required), DataError);
  }
}

TEST_CASE("safetensors: headers made to harm are refused", "[io]") {
  const TemporaryDirectory folder;
  const std::string cases[] = {
      R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})",                     // shape larger than its bytes
      R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",                     // hole
      R"({"a":{"dtype":"F32","shape":[4000000000,4000000000],"data_offsets":[0,8]}})",  // overflow
      R"({"a":{"dtype":"F32","shape":[9],"data_offsets":[0,36]}})",                    // beyond the file
      R"({"a":{"dtype":"F99","shape":[1],"data_offsets":[0,4]}})",                     // unknown type
      R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,8]}})",                    // negative
      R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",                     // four bytes left over
      R"([1,2])", R"({"a":1})", "{", ""};
  for (const auto& header : cases) {
    put(folder / "x", header, 8);
    INFO(header);
    CHECK_THROWS_AS(read_safetensors(folder / "x", Checksum::if_present), DataError);
  }
  CHECK_THROWS_AS(read_safetensors(folder / "nowhere", Checksum::if_present), MissingInput);
}

TEST_CASE("safetensors: a file without digest passes only where that is allowed", "[io]") {
  const TemporaryDirectory folder;
  put(folder / "x", R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 8);
  CHECK(read_safetensors(folder / "x", Checksum::if_present).arrays.size() == 1);
  CHECK_THROWS_AS(read_safetensors(folder / "x", Checksum::required), DataError);
}

TEST_CASE("safetensors: mutated files never do worse than an error", "[io]") {
  const TemporaryDirectory folder;
  write_safetensors(folder / "a", sample());
  auto sound = read_bytes(folder / "a", 1 << 20);
  std::memset(sound.data() + 8, ' ', 1);  // no longer the prefix: the digest does not protect the parser
  sound[8] = std::byte{'{'};
  sound[10] = std::byte{'-'};
  std::mt19937 random(1);
  for (int trial = 0; trial < 3000; ++trial) {
    auto damaged = sound;
    for (int k = 0; k < 3; ++k) damaged[random() % damaged.size()] = static_cast<std::byte>(random());
    if (trial % 5 == 0) damaged.resize(random() % damaged.size());
    write_atomically(folder / "b", damaged);
    try {
      read_safetensors(folder / "b", Checksum::if_present);
    } catch (const UserError& error) {
      CHECK(error.code() == Exit::data);
    }
  }
}
