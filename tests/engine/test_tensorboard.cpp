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
// Likewise the hyperparameters lr = 0.5 and rnn_type = "gru" from 1.5 on, the end of that at 2.5, and an image of 2 x 3.
const std::string kStart = from_hex(
    "0a640a1c5f68706172616d735f2f73657373696f6e5f73746172745f696e666f42060801120212004a3c0a3a0a0768706172616d7312"
    "2f1a2d0a0f0a026c72120911000000000000e03f0a110a08726e6e5f7479706512051a0367727529000000000000f83f");
const std::string kEnd = from_hex(
    "0a400a1a5f68706172616d735f2f73657373696f6e5f656e645f696e666f42060801120212004a1a0a180a0768706172616d73120d22"
    "0b0801110000000000000440");
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

TEST_CASE("tensorboard: settings and end of a run equal those of the Python package", "[tensorboard]") {
  const TemporaryDirectory folder;
  const auto path = folder / "events.out.tfevents.tsd";
  EventFile file(path, -1, {{"lr", "0.5"}, {"rnn_type", "gru"}});
  const auto opened = content(path);
  file.end(9);
  const auto ended = content(path).substr(opened.size());
  const auto summary = [](const std::string& record,
                          std::size_t size) {  // without its last eight bytes, the time
    return record.substr(record.size() - 4 - size, size - 8);
  };
  CHECK(summary(opened, kStart.size()) == kStart.substr(0, kStart.size() - 8));
  CHECK(summary(ended, kEnd.size()) == kEnd.substr(0, kEnd.size() - 8));
  EventFile(path, 9, {{"lr", "0.5"}, {"rnn_type", "gru"}});
  CHECK(content(path) == opened + ended);  // taken up again: settings come once
}

TEST_CASE("tensorboard: figures are images, and take the place of former ones", "[tensorboard]") {
  const TemporaryDirectory folder;
  const std::string head = from_hex("89504e470d0a1a0a0000000d4948445200000003000000020806000000");
  write_atomically(folder / "a.png", std::string_view(head));
  write_atomically(folder / "no.png", std::string_view("not a picture"));
  write_figures(folder.path(), 7);
  write_figures(folder.path(), 7);
  const auto written = content(folder / "events.out.tfevents.tsd.figures");
  const auto image = from_hex("0a320a09666967757265732f612225080210031804221d") + head;  // 2 high, 3 wide
  REQUIRE(written.find(image) != std::string::npos);
  CHECK(written.find(image, written.find(image) + 1) == std::string::npos);
  CHECK(written.find("not a picture") == std::string::npos);
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
