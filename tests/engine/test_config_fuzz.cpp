#include <chrono>
#include <random>

#include "engine/sample_family.hpp"
#include "support/catch.hpp"
#include "support/process.hpp"
#include "tsd/engine/config/config.hpp"
#include "tsd/error.hpp"

using namespace tsd;

namespace {

// The broken configs without their comments, and as many times a good one.
std::vector<std::string> seeds() {
  const std::string good =
      "family: sample\nepochs: 3\nlr: 1e-3\nlimit: null\ntag: 'a b'\nmilestones: [1, 2]\ntargets: [[1, 2], "
      "[3]]\n"
      "model:\n  cell: lstm\n  readout: {bias: true, scale: [1, 2]}\nsweep:\n  blocks:\n    - grid: {seed: "
      "[1, 2], samples: [7]}\n"
      "    - list: [{offset: 3}]\n";
  std::vector<std::string> texts;
  for (const auto& entry :
       std::filesystem::directory_iterator(TSD_SOURCE_DIR "/tests/engine/broken_configs")) {
    if (!entry.is_regular_file()) continue;
    std::string text = test::slurp(entry.path());
    while (text.starts_with("#")) text.erase(0, text.find('\n') + 1);
    texts.push_back(text);
  }
  std::sort(texts.begin(), texts.end());  // the order of a folder is nobody's promise
  texts.insert(texts.end(), texts.size(), good);
  return texts;
}

class Mutator {
 public:
  explicit Mutator(std::uint32_t seed) : random_(seed), seeds_(seeds()) {}

  std::string next() {
    std::string text = seeds_[below(seeds_.size())];
    for (std::size_t i = below(2) == 0 ? 1 : 2 + below(5); i > 0; --i)
      mutate(text);  // one: often still a run
    return text;
  }

  std::string next_override() {
    static const std::vector<std::string> good = {"lr=0.5", "model={cell: rnn, dropout: 0.1}",
                                                  "targets=[[1], [2, 3]]", "tag='x'"};
    std::string text = good[below(good.size())];
    if (below(2) == 0) mutate(text);
    return text;
  }

 private:
  std::size_t below(std::size_t n) { return n == 0 ? 0 : random_() % n; }

  void mutate(std::string& text) {
    static const std::vector<std::string> tokens = {"{",
                                                    "}",
                                                    "[",
                                                    "]",
                                                    ":",
                                                    ": ",
                                                    "\n",
                                                    "\n  ",
                                                    "\t",
                                                    "- ",
                                                    "? ",
                                                    "\"",
                                                    "'",
                                                    "&a ",
                                                    "*a",
                                                    "|",
                                                    ">",
                                                    "#",
                                                    "---\n",
                                                    "...",
                                                    "%",
                                                    "!!",
                                                    "~",
                                                    "<<: ",
                                                    ",",
                                                    "\r",
                                                    "0x",
                                                    "1e999",
                                                    ".nan",
                                                    "extends: ",
                                                    "sweep: {grid: {seed: [1]}}\n",
                                                    std::string(1, '\0'),
                                                    "\xC3",
                                                    "\xE2\x80\xA8"};
    const std::size_t at = below(text.size() + 1),
                      length = below(std::min<std::size_t>(text.size() - at + 1, 40));
    switch (below(5)) {
      case 0:
        text.insert(at, tokens[below(tokens.size())]);
        break;
      case 1:
        text.erase(at, length);
        break;
      case 2:
        text.insert(below(text.size() + 1), text.substr(at, length));
        break;
      case 3:
        if (at < text.size()) text[at] = static_cast<char>(below(256));
        break;
      case 4:
        text.insert(at, seeds_[below(seeds_.size())].substr(0, 200));
        break;
    }
  }

  std::mt19937 random_;
  std::vector<std::string> seeds_;
};

}  // namespace

TEST_CASE("config: mutated files end in a run or in an error with a place, soon", "[config][slow]") {
  const test::TemporaryDirectory folder;
  Mutator mutator(20240501);
  const std::vector<Family> families = {sample::family()};
  const std::string name = (folder / "a.yaml").string();
  double longest = 0;
  int good = 0;
  for (int i = 0; i < 100'000; ++i) {
    const std::string text = mutator.next();
    const std::vector<std::string> overrides(i % 2, mutator.next_override());
    std::filesystem::remove(
        name);  // ext4 writes a file to the disk at once if it is truncated and filled again
    test::spit(name, text);
    const auto start = std::chrono::steady_clock::now();
    try {
      const ConfigFile file(name, families);
      file.resolve(file.is_sweep() ? std::optional(file.indices().front()) : std::nullopt, overrides);
      ++good;
    } catch (const UserError& e) {
      if (std::string(e.what()).empty()) FAIL("an error without a message: " + text);
    } catch (const std::exception& e) {
      FAIL(std::string(e.what()) + " for: " + text);
    }
    longest =
        std::max(longest, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  CAPTURE(longest, good);
  CHECK(longest < 1);
  CHECK(good > 500);  // or little behind the reader has been tried
}
