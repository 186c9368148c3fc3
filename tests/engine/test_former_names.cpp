// Keys and words that had another name: files that use it are read, the present name is shown, and runs that
// began under the former one are the same runs.
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include "tsd/engine/config/config.hpp"
#include "tsd/error.hpp"
#include "tsd/io/atomic_file.hpp"

namespace tsd {
namespace {

enum class Streams { reference, fast };
template <bool now>
struct Network {
  double lr = 0.1;
};
template <bool now>
void describe(Schema& s, Network<now>& n) {
  Field& field = s.field(now ? "lr" : "step_size", n.lr, "step size").above(0);
  if (now) field.formerly("step_size");
}

// With the names of now, or with those of before.
template <bool now>
class Renamed final : public Configuration {
 public:
  void describe(Schema& s) override {
    Field& passes = s.field(now ? "epochs" : "n_epochs", epochs, "passes");
    Field& rng = s.choice("rng", streams,
                          {{"reference", Streams::reference}, {now ? "fast" : "independent", Streams::fast}},
                          "streams");
    if (now) passes.formerly("n_epochs"), rng.formerly("independent", "fast");
    s.group("network", network, "sizes");
  }
  std::unique_ptr<Experiment> build(const RunContext&) const override { throw std::logic_error("not built"); }

  int epochs = 5;
  Streams streams = Streams::reference;
  Network<now> network;
};

template <bool now>
std::vector<Family> family() {
  Family f;
  f.name = "renamed", f.command = "train-renamed";
  f.make = [] { return std::make_unique<Renamed<now>>(); };
  return {f};
}

struct Folder : test::TemporaryDirectory {
  template <bool now = true>
  RunConfig resolve(const std::string& text, const std::vector<std::string>& words = {},
                    std::optional<std::int64_t> index = {}) const {
    static const auto families = family<now>();
    write_atomically(*this / "a.yaml", std::string_view("family: renamed\n" + text));
    return ConfigFile(*this / "a.yaml", families).resolve(index, words);
  }
  static const Renamed<true>& of(const RunConfig& run) {
    return static_cast<const Renamed<true>&>(*run.configuration);
  }
};

}  // namespace

TEST_CASE("former names: read in files, on the command line and in sweeps; the present one is shown",
          "[config]") {
  const Folder folder;
  const RunConfig file = folder.resolve("n_epochs: 7\nrng: independent\nnetwork: {step_size: 0.5}\n");
  CHECK(Folder::of(file).epochs == 7);
  CHECK(Folder::of(file).streams == Streams::fast);
  CHECK(Folder::of(file).network.lr == 0.5);
  CHECK_THAT(file.yaml, Catch::Contains("\nepochs: 7\n"));
  CHECK_THAT(file.yaml, Catch::Contains("rng: fast\n"));
  CHECK_THAT(file.yaml, Catch::Contains("  lr: 0.5\n"));
  CHECK(Folder::of(folder.resolve("", {"n_epochs=3", "network.step_size=2"})).network.lr == 2);
  const std::string sweep = "sweep: {grid: {network.step_size: [1, 2]}}\n";
  CHECK(Folder::of(folder.resolve(sweep, {}, 1)).network.lr == 2);
}

TEST_CASE("former names: the later layer rules, whichever name it uses", "[config]") {
  const Folder folder;
  CHECK(Folder::of(folder.resolve("epochs: 7\n", {"n_epochs=3"})).epochs == 3);
  CHECK(Folder::of(folder.resolve("n_epochs: 7\n", {"epochs=3"})).epochs == 3);
  write_atomically(folder / "base.yaml", std::string_view("n_epochs: 9\nnetwork: {lr: 3}\n"));
  const RunConfig child = folder.resolve("extends: base.yaml\nepochs: 2\nnetwork: {step_size: 4}\n");
  CHECK(Folder::of(child).epochs == 2);
  CHECK(Folder::of(child).network.lr == 4);
  CHECK_THROWS_WITH(folder.resolve("epochs: 2\nn_epochs: 3\n"),
                    Catch::Contains("n_epochs: given twice; it is the former name of epochs"));
}

TEST_CASE("former names: a run that began under them is the same run", "[config]") {
  const Folder folder;
  const RunConfig before = folder.resolve<false>("n_epochs: 7\nrng: independent\n");
  CHECK(folder.resolve<true>(before.yaml.substr(before.yaml.find('\n') + 1)).sha256 == before.sha256);
  CHECK(folder.resolve<true>("epochs: 7\nrng: fast\n").sha256 == before.sha256);
  CHECK(folder.resolve<true>("epochs: 8\nrng: fast\n").sha256 != before.sha256);
}

}  // namespace tsd
