// Readers of MNIST's and CIFAR-10's formats on made files, and what they say of bad ones.
#include <algorithm>
#include <fstream>

#include "families/layered/data/images.hpp"
#include "families/layered/experiment.hpp"
#include "families/layered/fixture.hpp"
#include "support/catch.hpp"
#include "support/refusal.hpp"
#include "support/run_files.hpp"
#include "tsd/engine/config/config.hpp"
#include "tsd/error.hpp"
#include "tsd/families/layered.hpp"

namespace tsd::layered {
namespace {

namespace fs = std::filesystem;
using namespace tsd::test;

// Header of unsigned bytes, and values that count up.
std::string idx(const std::vector<int>& dimensions) {
  std::string bytes = {0, 0, 8, static_cast<char>(dimensions.size())};
  int count = 1;
  for (const int d : dimensions) {
    bytes += {0, 0, static_cast<char>(d / 256), static_cast<char>(d % 256)};
    count *= d;
  }
  for (int i = 0; i < count; ++i) bytes += static_cast<char>(i % 7);
  return bytes;
}

void write_idx(const fs::path& folder) {
  spit(folder / "train-images-idx3-ubyte", idx({10, 4, 3}));
  spit(folder / "train-labels-idx1-ubyte", idx({10}));
  spit(folder / "t10k-images-idx3-ubyte", idx({5, 4, 3}));
  spit(folder / "t10k-labels-idx1-ubyte", idx({5}));
}

void write_cifar10(const fs::path& folder, int records) {
  std::string bytes;
  for (int r = 0; r < records; ++r) {
    bytes += static_cast<char>(r);
    for (int i = 0; i < 3072; ++i) bytes += static_cast<char>((r + i) % 256);
  }
  for (int i = 1; i <= 5; ++i) spit(folder / ("data_batch_" + std::to_string(i) + ".bin"), bytes);
  spit(folder / "test_batch.bin", bytes);
}

Data of_folder(const fs::path& folder, Source source) {
  Data data;
  data.source = source;
  data.folder = folder.string();
  return data;
}

std::string refused(const Data& data, const Extent& extent, std::int64_t classes = 256) {
  return refusal([&] { read_images(data, extent, classes, 1); });
}

}  // namespace

TEST_CASE("layered images: IDX files", "[layered]") {
  const TemporaryDirectory folder;
  write_idx(folder.path());
  const Sets sets = read_images(of_folder(folder.path(), Source::idx), {1, 4, 3}, 7, 1);
  CHECK(sets.train.count() == 10);
  CHECK(sets.test.count() == 5);
  CHECK(sets.train.labels == std::vector<std::uint8_t>{0, 1, 2, 3, 4, 5, 6, 0, 1, 2});
  const auto image = sets.train.image(1);
  CHECK(std::vector<int>(image.begin(), image.end()) == std::vector{5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2});
  fs::rename(folder / "t10k-images-idx3-ubyte", folder / "t10k-images.idx3-ubyte");
  CHECK(read_idx(folder.path().string()).test.count() == 5);
}

TEST_CASE("layered images: bad IDX files", "[layered]") {
  struct {
    std::string name, content, message;
  } const cases[] = {
      {"train-images-idx3-ubyte", idx({10}), "expected an IDX file of unsigned bytes with 3 dimensions, got"},
      {"train-images-idx3-ubyte", "", "expected an IDX file of unsigned bytes with 3 dimensions, got"},
      {"train-images-idx3-ubyte", idx({10, 4, 3}).substr(0, 9), "expected a header of 16 bytes, got 9"},
      {"train-images-idx3-ubyte", idx({10, 4, 3}).substr(0, 100),
       "expected 120 values after a header that says [10, 4, 3], got 84"},
      {"t10k-labels-idx1-ubyte", idx({5}) + "x", "expected 5 values after a header that says [5], got 6"},
      {"t10k-labels-idx1-ubyte", idx({4}),
       "expected a label for each of the 5 images of t10k-images-idx3-ubyte, got 4"}};
  for (const auto& [name, content, message] : cases) {
    CAPTURE(name, message);
    const TemporaryDirectory folder;
    write_idx(folder.path());
    spit(folder / name, content);
    const std::string told = refused(of_folder(folder.path(), Source::idx), {1, 4, 3});
    CHECK_THAT(told, Catch::Contains((folder / name).string() + ": " + message));
  }
  const TemporaryDirectory folder;
  write_idx(folder.path());
  Data data = of_folder(folder.path(), Source::idx);
  CHECK_THAT(refused(data, {1, 3, 4}),
             Catch::Contains(": training images: expected [1, 3, 4] as `input` says, got [1, 4, 3]"));
  CHECK_THAT(refused(data, {1, 4, 3}, 6),
             Catch::Contains("label 6: expected below 6, the units of the last layer, got 6"));
  data.white = 5;
  CHECK_THAT(refused(data, {1, 4, 3}),
             Catch::Contains("pixel 6 of image 0: expected at most data.white 5, got 6"));
  fs::remove(folder / "t10k-labels-idx1-ubyte");
  CHECK_THROWS_WITH(read_images(data, {1, 4, 3}, 256, 1),
                    Catch::Contains("t10k-labels-idx1-ubyte: no such file"));
}

TEST_CASE("layered images: pixels far from white are told, black images alone refused", "[layered]") {
  const TemporaryDirectory folder;
  write_idx(folder.path());
  Data data = of_folder(folder.path(), Source::idx);
  const int largest = std::ranges::max(read_images(data, {1, 4, 3}, 256, 1).train.pixels);
  REQUIRE(largest == 6);
  CHECK(about_white(data, largest) ==
        "the largest byte is 6, where data.white is 255, so that pixels reach 2 % of white; set data.white=6 "
        "if that is white");
  data.white = 12;
  CHECK_THAT(about_white(data, largest), Catch::Contains("reach 50 % of white"));
  data.white = 11;
  CHECK(about_white(data, largest).empty());
  spit(folder / "t10k-images-idx3-ubyte", idx({5, 4, 3}).substr(0, 16) + std::string(60, 0));
  CHECK_THAT(refused(data, {1, 4, 3}),
             Catch::Contains(": test images: expected a pixel that is not black, got none"));
}

TEST_CASE("layered images: labels of one class are refused where labels count", "[layered]") {
  const TemporaryDirectory folder;
  write_idx(folder.path());
  spit(folder / "train-labels-idx1-ubyte", idx({10}).substr(0, 8) + std::string(10, 1));
  Config c = test::small_net(Rule::BP);
  c.data = of_folder(folder.path(), Source::idx);
  c.data.white = 6;
  c.input = {1, 4, 3};
  c.units = {4, 2, 4, 12};
  const auto told = [&] { return refusal([&] { LayeredExperiment(c, {.seed = 1}); }); };
  CHECK(told().empty());  // an autoencoder has no use for them
  c.evaluation.readout = 2;
  CHECK_THAT(told(),
             Catch::Contains(": training images: expected labels of two classes or more, got 1 for all"));
  c.evaluation.readout.reset();
  c.task = Task::classification;
  CHECK_THAT(told(), Catch::Contains("expected labels of two classes or more"));
}

TEST_CASE("layered config: a folder is no input where bars are drawn", "[layered]") {
  const TemporaryDirectory folder;
  const std::vector<Family> families = {family()};
  const ConfigFile file(TSD_SOURCE_DIR "/configs/layered/smoke.yaml", families);
  const std::string given = "data.folder=" + folder.path().string();
  CHECK(file.resolve(std::nullopt, {given}).inputs.empty());
  const auto inputs = file.resolve(std::nullopt, {given, "data.source=idx"}).inputs;
  REQUIRE(inputs.size() == 1);
  CHECK(inputs[0].key == "data.folder");
}

TEST_CASE("layered config: epochs of evaluation that are not reached are told with those that are",
          "[layered]") {
  Config c = test::small_net(Rule::BP);
  c.epochs = 3;
  c.evaluation.epochs = {1, 99};
  Problems problems;
  check(c, problems);
  REQUIRE(problems.all().size() == 1);
  CHECK(problems.all()[0].key == "evaluation.epochs");
  CHECK(problems.all()[0].expected == "1 to 3");
  CHECK(problems.all()[0].got == "99");
}

TEST_CASE("layered images: CIFAR-10's binary files", "[layered]") {
  const TemporaryDirectory folder;
  write_cifar10(folder.path(), 3);
  const Data data = of_folder(folder.path(), Source::cifar10);
  const Sets sets = read_images(data, {3, 32, 32}, 10, 1);
  CHECK(sets.train.count() == 15);
  CHECK(sets.test.labels == std::vector<std::uint8_t>{0, 1, 2});
  CHECK(sets.train.image(4)[10] == 11);
  std::ofstream(folder / "data_batch_3.bin", std::ios::app) << "x";
  CHECK_THAT(
      refused(data, {3, 32, 32}),
      Catch::Contains((folder / "data_batch_3.bin").string() +
                      ": expected records of 3073 bytes, a label and 3 x 32 x 32 pixels, got 9220 bytes"));
  fs::remove(folder / "data_batch_1.bin");
  CHECK_THROWS_WITH(read_images(data, {3, 32, 32}, 10, 1), Catch::Contains("data_batch_1.bin: no such file"));
}

TEST_CASE("layered images: bars", "[layered]") {
  const Sets sets = draw_bars({.train = 200, .test = 50, .noise = 0}, {1, 5, 4}, 255, 1);
  CHECK(sets.test.count() == 50);
  std::vector<int> seen(9);
  for (std::int64_t i = 0; i < sets.train.count(); ++i) {
    const int place = sets.train.labels[static_cast<std::size_t>(i)];
    ++seen.at(static_cast<std::size_t>(place));
    const auto image = sets.train.image(i);
    for (int r = 0; r < 5; ++r)
      for (int c = 0; c < 4; ++c) {
        const bool on = place < 5 ? r == place : c == place - 5;
        CHECK(image[static_cast<std::size_t>(r * 4 + c)] == (on ? 255 : 0));
      }
  }
  CHECK(std::ranges::count(seen, 0) == 0);
  CHECK(draw_bars({}, {1, 5, 4}, 255, 1).train.pixels == draw_bars({}, {1, 5, 4}, 255, 1).train.pixels);
  CHECK(draw_bars({}, {1, 5, 4}, 255, 1).train.pixels != draw_bars({}, {1, 5, 4}, 255, 2).train.pixels);
}

}  // namespace tsd::layered
