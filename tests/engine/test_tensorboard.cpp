#include "tsd/engine/run/tensorboard.hpp"

#include <cmath>
#include <limits>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include "tsd/error.hpp"
#include "tsd/io/atomic_file.hpp"

using namespace tsd;
using test::TemporaryDirectory;

namespace {

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return bytes;
}

// Written by the record writer and the protobuf messages of the Python package tensorboard 2.21, all with
// wall time 1.5: the version; step 1, loss 0.5 and val/acc 0.25; step 300, loss NaN.
const std::string kVersion =
    from_hex("1800000000000000a37f4b2209000000000000f83f1a0d627261696e2e4576656e743a322a28646c");
const std::string kStep1 = from_hex(
    "2a00000000000000ae8d91f509000000000000f83f10012a1d0a0b0a046c6f7373150000003f0a0e0a0776616c2f616363150000"
    "803e9815"
    "82ae");
const std::string kStep300 =
    from_hex("1b000000000000001a0d9e1309000000000000f83f10ac022a0d0a0b0a046c6f7373150000c07fa770b09c");

std::string content(const std::filesystem::path& path) { return read_text(path, 1 << 20); }

// A record without what depends on the time: its own checksum and the eight bytes of the wall time.
std::string timeless(std::string record) {
  return record.substr(0, 13) + record.substr(21, record.size() - 25);
}

}  // namespace

TEST_CASE("tensorboard: records equal those of the Python package", "[tensorboard]") {
  const TemporaryDirectory folder;
  const auto path = folder / "events.out.tfevents.tsd";
  EventFile file(path, -1);
  const auto opened = content(path).size();
  file.append(1, std::vector<Metric>{{"loss", 0.5}, {"val/acc", 0.25}});
  file.append(300, std::vector<Metric>{{"loss", std::numeric_limits<double>::quiet_NaN()}});
  const auto written = content(path);
  REQUIRE(written.size() == opened + kStep1.size() + kStep300.size());
  CHECK(timeless(written.substr(opened, kStep1.size())) == timeless(kStep1));
  CHECK(timeless(written.substr(opened + kStep1.size())) == timeless(kStep300));
  CHECK(written.find("brain.Event:2") < opened);
}

TEST_CASE("tensorboard: a file taken up again keeps sound events up to a step", "[tensorboard]") {
  const TemporaryDirectory folder;
  const auto path = folder / "events.out.tfevents.tsd";
  const auto kept = [&](const std::string& bytes, std::int64_t step) {
    write_atomically(path, bytes);
    EventFile file(path, step);
    return content(path);
  };
  const auto whole = kVersion + kStep1 + kStep300;
  CHECK(kept(whole, 300) == whole);
  CHECK(kept(whole, 299) == kVersion + kStep1);
  CHECK(kept(whole, 0) == kVersion);
  CHECK(kept(whole.substr(0, whole.size() - 1), 300) == kVersion + kStep1);  // killed while writing
  auto damaged = whole;
  damaged[kVersion.size() + 20] ^= 1;
  CHECK(kept(damaged, 300) == kVersion);
  CHECK(kept("", 300).find("brain.Event:2") != std::string::npos);
  CHECK_THROWS_AS(EventFile(folder / "no/such/folder", -1), CannotCreate);
}

TEST_CASE("tensorboard: a full disk is an error", "[tensorboard]") {
  const TemporaryDirectory folder;
  std::filesystem::create_symlink("/dev/full", folder / "tfevents");
  CHECK_THROWS_AS(EventFile(folder / "tfevents", -1), IoError);
}
