#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <thread>
#include <vector>

#include "families/nback/data/features/feature_cache.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include "support/variable.hpp"
#include "tsd/error.hpp"

namespace tsd::nback {
namespace {

// A cache of its own, and a computation that counts its calls.
struct Cache {
  std::vector<float> features(const std::string& key, std::int64_t S = 2) {
    const Array array = cached_features(key, S, [this, S] {
      ++computed;
      std::vector<float> values(static_cast<std::size_t>(S) * 3);
      for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i) / 4;
      return make_array<float>("made", std::span<const float>(values), {S, 3});
    });
    CHECK(array.shape == Shape({S, 3}));
    const auto values = array.as<float>();
    return {values.begin(), values.end()};
  }
  std::filesystem::path file(const std::string& key) const {
    return folder / "features" / (key + ".safetensors");
  }

  test::TemporaryDirectory folder;
  test::Variable variable{"TSD_CACHE", folder.path()};
  std::atomic<int> computed = 0;
};

const std::vector<float> kValues = {0, 0.25f, 0.5f, 0.75f, 1, 1.25f};

}  // namespace

TEST_CASE("feature cache: computes once for a key", "[feature_cache]") {
  Cache cache;
  CHECK(cache.features("a") == kValues);
  CHECK(cache.features("a") == kValues);
  CHECK(cache.computed == 1);
  CHECK(cache.features("b") == kValues);
  CHECK(cache.computed == 2);
}

TEST_CASE("feature cache: a damaged or foreign entry is computed anew and mended", "[feature_cache]") {
  Cache cache;
  cache.features("a");
  SECTION("one flipped byte") {
    std::fstream file(cache.file("a"), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(-3, std::ios::end);
    file.put('\x55');
  }
  SECTION("cut off") {
    std::filesystem::resize_file(cache.file("a"), std::filesystem::file_size(cache.file("a")) - 4);
  }
  SECTION("empty") { std::filesystem::resize_file(cache.file("a"), 0); }
  SECTION("of another number of images") {
    cache.features("b", 1);
    std::filesystem::rename(cache.file("b"), cache.file("a"));
  }
  const int before = cache.computed;
  CHECK(cache.features("a") == kValues);
  CHECK(cache.computed == before + 1);
  CHECK(cache.features("a") == kValues);
  CHECK(cache.computed == before + 1);
}

TEST_CASE("feature cache: a cache that can't be written is done without", "[feature_cache]") {
  Cache cache;
  std::ofstream(cache.folder / "features") << "a file where the folder should be";
  CHECK(cache.features("a") == kValues);
  CHECK(cache.features("a") == kValues);
  CHECK(cache.computed == 2);
}

TEST_CASE("feature cache: runs beside each other compute once", "[feature_cache]") {
  Cache cache;
  std::vector<std::thread> runs;
  std::atomic<int> right = 0;
  for (int i = 0; i < 8; ++i)
    runs.emplace_back([&] {
      const Array array = cached_features("a", 2, [&] {
        ++cache.computed;
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        return make_array<float>("made", std::span<const float>(kValues), {2, 3});
      });
      right += std::equal(kValues.begin(), kValues.end(), array.as<float>().begin());
    });
  for (auto& run : runs) run.join();
  CHECK(cache.computed == 1);
  CHECK(right == 8);
}

TEST_CASE("feature cache: an error of the computation leaves nothing behind", "[feature_cache]") {
  Cache cache;
  CHECK_THROWS_AS(cached_features("a", 2, []() -> Array { throw DataError("no"); }), DataError);
  CHECK_FALSE(std::filesystem::exists(cache.file("a")));
  CHECK(cache.features("a") == kValues);
}

}  // namespace tsd::nback
