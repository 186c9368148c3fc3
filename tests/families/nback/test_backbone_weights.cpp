#include <fstream>

#include "families/nback/data/features/backbone_weights.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include "support/variable.hpp"
#include "tsd/error.hpp"

namespace tsd::nback {
namespace {

// An empty cache and no variable that names weights.
struct Surroundings {
  std::filesystem::path put(const std::string& name) {
    std::ofstream(folder / name) << "abc";  // looked for, not read, here
    return folder / name;
  }
  test::TemporaryDirectory folder;
  test::Variable cache{"TSD_CACHE", folder.path()}, xdg{"XDG_CACHE_HOME"}, home{"HOME", folder / "home"};
  test::Variable resnet50{"TSD_RESNET50"}, mobilenet_v2{"TSD_MOBILENET_V2"};
};

template <class Error>
std::string refusal(const BackboneConfig& config) {
  try {
    locate_weights(config);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("backbone weights: without any, the error names the command that fetches them",
          "[backbone_weights]") {
  Surroundings here;
  CHECK(has(refusal<MissingInput>({}), "run scripts/fetch_weights mobilenet_v2"));
  here.put("mobilenet_v2.safetensors");  // not what is asked for
  CHECK(has(refusal<MissingInput>({.arch = Arch::resnet50}), "run scripts/fetch_weights resnet50"));
}

TEST_CASE("backbone weights: auto takes a variable, then the cache, and ResNet50 before MobileNetV2",
          "[backbone_weights]") {
  Surroundings here;
  const auto mobilenet = here.put("mobilenet_v2.safetensors");
  CHECK(locate_weights({}).arch == Arch::mobilenet_v2);
  CHECK(locate_weights({}).file == mobilenet);

  const auto own = here.put("own.safetensors");
  here.mobilenet_v2.set(own);
  CHECK(locate_weights({}).file == own);

  const auto resnet = here.put("resnet50.safetensors");
  CHECK(locate_weights({}).arch == Arch::resnet50);
  CHECK(locate_weights({}).file == resnet);
  here.resnet50.set(own);
  CHECK(locate_weights({}).file == own);
  CHECK(locate_weights({.arch = Arch::mobilenet_v2}).arch == Arch::mobilenet_v2);

  here.resnet50.set(here.folder / "gone.safetensors");
  CHECK(has(refusal<MissingInput>({}), "gone.safetensors: no such file (named by TSD_RESNET50)"));
}

TEST_CASE("backbone weights: a path decides; its digest labels the results", "[backbone_weights]") {
  Surroundings here;
  const auto file = here.put("my_resnet50.safetensors");
  here.resnet50.set(here.put("resnet50.safetensors"));
  const auto found = locate_weights({.weights = file.string()});
  CHECK(found.arch == Arch::resnet50);
  CHECK(found.file == file);
  // SHA-256 of "abc", FIPS 180-2 appendix B.1
  CHECK(found.label ==
        "my_resnet50.safetensors sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");

  const auto unnamed = here.put("net.safetensors");
  CHECK(locate_weights({.arch = Arch::mobilenet_v2, .weights = unnamed.string()}).arch == Arch::mobilenet_v2);
  CHECK(has(refusal<ConfigError>({.weights = unnamed.string()}), "backbone.arch"));
  CHECK(has(refusal<MissingInput>({.weights = "nowhere.safetensors"}), "nowhere.safetensors: no such file"));
}

TEST_CASE("backbone weights: random only where asked", "[backbone_weights]") {
  Surroundings here;
  const auto found = locate_weights({.arch = Arch::mobilenet_v2, .weights = "random"});
  CHECK(found.arch == Arch::mobilenet_v2);
  CHECK_FALSE(found.file.has_value());
  CHECK(found.label == "random");
}

TEST_CASE("backbone weights: the cache follows TSD_CACHE, XDG_CACHE_HOME, HOME", "[backbone_weights]") {
  Surroundings here;
  CHECK(cache_directory() == here.folder.path());
  here.cache.set("");
  here.xdg.set("/somewhere");
  CHECK(cache_directory() == "/somewhere/tsd");
  here.xdg.set("");
  CHECK(cache_directory() == here.folder / "home/.cache/tsd");
  here.home.set("");
  CHECK_THROWS_AS(cache_directory(), MissingInput);
}

}  // namespace tsd::nback
