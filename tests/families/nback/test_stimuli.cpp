#include "families/nback/data/stimuli/stimuli.hpp"

#include <filesystem>
#include <fstream>

#include "families/nback/data/stimuli/stimulus_set.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include "tsd/error.hpp"

using namespace tsd;
using namespace tsd::nback;
namespace fs = std::filesystem;

namespace {

StimuliConfig config_of(StimuliSource source, int identities, const fs::path& path = {}) {
  StimuliConfig config;
  config.source = source;
  config.identities = identities;
  config.path = path.string();
  return config;
}

std::span<const std::uint8_t> image_of(const StimulusImages& images, std::size_t i) {
  return std::span(images.pixels).subspan(i * kImageBytes, kImageBytes);
}

bool equal(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

// A tree with two categories of cubes, cones and the like: <category>/<object>/<file>.
void write_object(const fs::path& object, const std::string& file, const std::string& colour, double height) {
  fs::create_directories((object / file).parent_path());
  const fs::path folder = (object / file).parent_path();
  std::ofstream(folder / "m.mtl") << "newmtl paint\nKd " << colour << "\n";
  std::ofstream(object / file) << "mtllib m.mtl\nv -1 0 -1\nv 1 0 -1\nv 0 0 1\nv 0 " << height
                               << " 0\nusemtl paint\nf 1 2 4\nf 2 3 4\nf 3 1 4\nf 1 2 3\n";
}

}  // namespace

TEST_CASE("stimuli: a thumbnail has the means of 4 x 4 pixels", "[stimuli]") {
  StimulusImages images{factorial_set({"car"}, std::vector{1}),
                        std::vector<std::uint8_t>(16 * kImageBytes, 7)};
  for (int y = 0; y < kImageSide; ++y)
    for (int x = 0; x < kImageSide; ++x)
      for (int c = 0; c < 3; ++c)  // 0, 8, .. 120 in each block, whose mean is 60; and its column of blocks
        images.pixels[(static_cast<std::size_t>(y) * kImageSide + x) * 3 + c] =
            static_cast<std::uint8_t>((y % 4 * 4 + x % 4) * 8 + x / 4 + c);
  const auto small = thumbnails(images);
  REQUIRE(small.size() == 16 * 56 * 56 * 3);
  for (int y = 0; y < 56; ++y)
    for (int x = 0; x < 56; ++x)
      for (int c = 0; c < 3; ++c) REQUIRE(small[(y * 56 + x) * 3 + c] == 60 + x + c);
  CHECK(small[56 * 56 * 3] == 7);  // the second image
}

TEST_CASE("stimuli: the built-in set has the reference's counts and names", "[stimuli]") {
  const StimulusImages images = load_images(config_of(StimuliSource::grammar, 5), 2);
  REQUIRE(images.set.stimuli.size() == 320);
  REQUIRE(images.pixels.size() == 320 * kImageBytes);
  CHECK(images.set.categories == std::vector<std::string>{"airplane", "car", "chair", "table"});
  for (std::size_t i = 0; i < 320; ++i) {
    const auto pixels = image_of(images, i);
    if (std::none_of(pixels.begin(), pixels.end(), [](auto v) { return v > 100; }))
      FAIL(images.set.stimuli[i].path << " is dark");
  }
  // Threads change nothing.
  CHECK(load_images(config_of(StimuliSource::grammar, 5), 1).pixels == images.pixels);
  // Only the location differs between these two: moved by (101, 101) pixels, lower right clipped alike.
  const auto top_left = image_of(images, 0), bottom_right = image_of(images, 12);
  for (int y = 0; y < 123; ++y)
    for (int x = 0; x < 3 * 123; ++x)
      if (top_left[3 * 224 * y + x] != bottom_right[3 * 224 * (y + 101) + 3 * 101 + x])
        FAIL("row " << y << ", byte " << x);
}

TEST_CASE("stimuli: box shows one and the same object", "[stimuli]") {
  const StimulusImages images = load_images(config_of(StimuliSource::box, 2), 0);
  for (std::size_t i = 16; i < images.set.stimuli.size(); ++i)
    CHECK(equal(image_of(images, i), image_of(images, i % 16)));
  CHECK_FALSE(equal(image_of(images, 0), image_of(images, 1)));  // angle
  CHECK_FALSE(equal(image_of(images, 0), image_of(images, 4)));  // location
}

TEST_CASE("stimuli: PNG files come back as they were written", "[stimuli]") {
  const test::TemporaryDirectory folder;
  const StimulusImages images = load_images(config_of(StimuliSource::grammar, 2), 0);
  write_images(images, folder / "png", 0);
  write_png(folder / "png" / "contact_sheet.png", contact_sheet(images));  // other files don't disturb
  CHECK(fs::exists(folder / "png/stimulus_chair_001_loc2_angle3.png"));
  const StimuliConfig config = config_of(StimuliSource::images, 2, folder / "png");
  const StimulusImages again = load_images(config, 0);
  CHECK(again.pixels == images.pixels);
  CHECK(again.set.identities == images.set.identities);

  const fs::path victim = folder / "png/stimulus_car_000_loc1_angle2.png";
  SECTION("a missing one is named") {
    fs::remove(victim);
    CHECK_THROWS_AS(load_images(config, 0), DataError);
    CHECK_THROWS_WITH(load_images(config, 0), Catch::Contains("stimulus_car_000_loc1_angle2.png is missing"));
  }
  SECTION("one of another place than there are, or a number of other width, is named, not passed over") {
    for (const char* name : {"stimulus_car_000_loc4_angle2.png", "stimulus_car_2_loc1_angle2.png",
                             "stimulus_car_002_loc1_angle2.PNG"}) {
      CAPTURE(name);
      fs::copy_file(victim, folder / "png" / name);
      CHECK_THROWS_WITH(load_images(config, 0),
                        Catch::StartsWith((folder / "png" / name).string() +
                                          ": expected stimulus_<category>_<iii>_loc<l>_"));
      fs::remove(folder / "png" / name);
    }
  }
  SECTION("a wrong size is named") {
    write_png(victim, black_image(224, 223));
    CHECK_THROWS_WITH(load_images(config, 0), victim.string() + ": expected 224 x 224 pixels, got 224 x 223");
  }
  SECTION("an unreadable one is named") {
    fs::resize_file(victim, 60);
    CHECK_THROWS_AS(load_images(config, 0), DataError);
    CHECK_THROWS_WITH(load_images(config, 0), Catch::Contains(victim.string()));
  }
}

TEST_CASE("stimuli: directories without stimuli", "[stimuli]") {
  const test::TemporaryDirectory folder;
  CHECK_THROWS_AS(load_images(config_of(StimuliSource::images, 2, folder / "none"), 0), MissingInput);
  CHECK_THROWS_AS(load_images(config_of(StimuliSource::images, 2, folder.path()), 0), DataError);
  CHECK_THROWS_AS(load_images(config_of(StimuliSource::shapenet, 2, folder.path()), 0), MissingInput);
  std::ofstream(folder / "file") << "";
  CHECK_THROWS_AS(write_images(load_images(config_of(StimuliSource::box, 1), 0), folder / "file", 0),
                  CannotCreate);
}

TEST_CASE("stimuli: objects that are equal are told, those of two categories first", "[stimuli]") {
  const test::TemporaryDirectory folder;
  StimuliConfig config = config_of(StimuliSource::shapenet, 2, folder.path());
  config.categories = {"bowl", "mug"};
  const auto told = [&](const std::vector<std::string>& colours) {
    const char* const objects[] = {"bowl/a", "bowl/b", "mug/a", "mug/b"};
    for (std::size_t i = 0; i < 4; ++i) write_object(folder / objects[i], "model.obj", colours[i], 1);
    const StimulusImages images = load_images(config, 0);
    return about_equal_objects(images.set, std::as_bytes(std::span(images.pixels)));
  };
  const std::string a = "1 0 0", b = "0 1 0", c = "0 0 1", d = "1 1 0",
                    apart = ": nothing can tell them apart, ";
  CHECK(told({a, b, c, d}).empty());
  CHECK(told({a, b, c, c}) ==
        "objects mug_000 and mug_001 are equal" + apart + "but answers count them as different");
  CHECK_THAT(told({a, a, a, b}), Catch::StartsWith("objects bowl_000 and mug_000 are equal, of different "
                                                   "categories: ") &&
                                     Catch::EndsWith("; 2 of 4 objects are as another before them"));
}

TEST_CASE("stimuli: a tree in ShapeNet layout", "[stimuli]") {
  const test::TemporaryDirectory folder;
  // By category name, by synset, and with any .obj; names in an order the file system need not list them in.
  write_object(folder / "car/02958343_001", "model.obj", "0 1 0", 1);
  write_object(folder / "car/02958343_000", "model.obj", "1 0 0", 1);
  write_object(folder / "car/02958343_002", "model.obj", "0 0 1", 1);
  write_object(folder / "04379243/b", "models/model_normalized.obj", "0 0 1", 2);
  write_object(folder / "04379243/a", "other.obj", "1 1 0", 2);
  StimuliConfig config = config_of(StimuliSource::shapenet, 2, folder.path());
  config.categories = {"table", "car"};
  const StimulusImages images = load_images(config, 0);
  CHECK(images.set.categories == std::vector<std::string>{"car", "table"});
  REQUIRE(images.set.identities == std::vector<std::string>{"car_000", "car_001", "table_000", "table_001"});
  // Colours tell which file an identity came from.
  const auto channels = [&](std::size_t identity) {
    std::array<bool, 3> lit{};
    const auto pixels = image_of(images, identity * 16);
    for (std::size_t i = 0; i < pixels.size(); ++i) lit[i % 3] = lit[i % 3] || pixels[i] > 0;
    return lit;
  };
  CHECK(channels(0) == std::array<bool, 3>{true, false, false});
  CHECK(channels(1) == std::array<bool, 3>{false, true, false});
  CHECK(channels(2) == std::array<bool, 3>{true, true, false});
  CHECK(channels(3) == std::array<bool, 3>{false, false, true});

  config.identities = 3;
  CHECK_THROWS_WITH(load_images(config, 0),
                    (folder / "04379243").string() + ": expected 3 objects (stimuli.identities), got 2");
  config.categories = {"car", "chair"};
  CHECK_THROWS_WITH(load_images(config, 0), Catch::Contains("no folder for category chair"));
  std::ofstream(folder / "car/02958343_001/model.obj") << "# nothing\n";
  config.categories = {"car", "table"};
  config.identities = 2;
  CHECK_THROWS_WITH(load_images(config, 0), Catch::Contains("02958343_001/model.obj: mesh without faces"));
}

TEST_CASE("stimuli: contact sheet", "[stimuli]") {
  const StimulusImages images = load_images(config_of(StimuliSource::grammar, 3), 0);
  const Image sheet = contact_sheet(images);
  CHECK(sheet.width == 3 * 2 * 134);
  CHECK(sheet.height == 4 * 2 * 134);
}

TEST_CASE("stimuli config: rules across fields", "[stimuli]") {
  const auto problems = [](auto&& change) {
    StimuliConfig config;
    change(config);
    Problems found;
    check(found, config);
    std::string keys;
    for (const auto& problem : found.all()) keys += problem.key + " ";
    return keys;
  };
  CHECK(problems([](StimuliConfig&) {}).empty());
  CHECK(problems([](StimuliConfig& c) { c.source = StimuliSource::images; }) == "stimuli.path ");
  CHECK(problems([](StimuliConfig& c) { c.split.val_angles = {2}; }) == "stimuli.train_angles ");
  CHECK(problems([](StimuliConfig& c) { c.split.val_angles = {3, 3}; }) == "stimuli.val_angles ");
  CHECK(problems([](StimuliConfig& c) { c.categories = {"car", "car"}; }) == "stimuli.categories ");
  CHECK(problems([](StimuliConfig& c) { c.categories = {"car", "../table"}; }) == "stimuli.categories ");
}
