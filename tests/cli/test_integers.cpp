// Whole numbers on the command line: decimal, all of them read the same way, and told as they were given.
#include <climits>

#include "support/catch.hpp"
#include "support/process.hpp"
#include "tsd/engine/run/run_directory.hpp"
#include "tsd/io/hdf5.hpp"

namespace tsd::test {
namespace {

Outcome train(const std::string& config, std::vector<std::string> more) {
  std::vector<std::string> words = {TSD_TOY, "train", "--config", TSD_SOURCE_DIR "/tests/toy/" + config};
  words.insert(words.end(), more.begin(), more.end());
  return run_process(std::move(words));
}

}  // namespace

TEST_CASE("cli: options of whole numbers take decimal ones and nothing else", "[cli]") {
  const std::string any = "expected an integer", threads = "expected an integer from 0 to 4096",
                    jobs = "expected an integer from 1 to 4096";
  const std::vector<std::vector<std::string>> cases = {
      {"--index", "010", any + ", got 010; write 10"},
      {"--index", "0x3", any + ", got 0x3; write 3"},
      {"--index", "1e0", any + ", got 1e0; write 1"},
      {"--index", "1.5", any + ", got 1.5"},
      {"--index", " 1", any + ", got  1"},
      {"--begin", "08", any + ", got 08; write 8"},
      {"--end", "99999999999999999999", any + ", got 99999999999999999999, more than 64 bits hold"},
      {"--threads", "-1", threads + ", got -1"},
      {"--threads", "02", threads + ", got 02; write 2"},
      {"--threads", "4294967297", threads + ", got 4294967297"},
      {"--jobs", "0", jobs + ", got 0"},
      {"--jobs", "010", jobs + ", got 010; write 10"},
  };
  for (const auto& words : cases) {
    CAPTURE(words[0], words[1]);
    const auto outcome = train("sweep.yaml", {words[0], words[1], "--dry-run"});
    CHECK(outcome.code == 64);
    CHECK(outcome.err == "error: " + words[0] + ": " + words[2] + "; see tsd train --help\n");
    CHECK(outcome.out == "");
  }
  CHECK(train("sweep.yaml", {"--index", "+3", "--dry-run"}).out.starts_with("sweep/3 "));
  CHECK(train("sweep.yaml", {"--index", "-1", "--dry-run"}).code == 64);
  CHECK(train("sweep.yaml", {"--index=9223372036854775807", "--dry-run"}).code == 64);
}

TEST_CASE("cli: a seed of 64 bits is the seed that the results tell", "[cli]") {
  const TemporaryDirectory temporary;
  REQUIRE(train("toy.yaml", {"--out", temporary.path(), "--quiet", "seed=9223372036854775808"}).code == 0);
  const RunDirectory run{temporary / "toy"};
  CHECK(Hdf5Reader(run.results()).number_attribute("/", "seed") == 9223372036854775808.0);
  CHECK(slurp(run.config()).find("seed: 9223372036854775808\n") != std::string::npos);
  const auto outcome = train("toy.yaml", {"--dry-run", "seed=18446744073709551616"});
  CHECK(outcome.code == 78);
  CHECK(outcome.err.find("too large for 64 bits") != std::string::npos);
}

TEST_CASE("cli: the first difference told is the family", "[cli]") {
  const TemporaryDirectory temporary;
  const std::vector<std::string> out = {"--out", temporary.path(), "--quiet"};
  REQUIRE(train("toy.yaml", out).code == 0);
  std::string config = slurp(temporary / "toy/config.yaml");
  config.replace(config.find("family: toy"), 11, "family: other");
  spit(temporary / "toy/config.yaml", config + "a_key_of_the_other: 1\n");
  std::string status = slurp(temporary / "toy/status.json");
  status.replace(status.find("config_sha256") + 17, 4, "0000");
  spit(temporary / "toy/status.json", status);
  CHECK(train("toy.yaml", out).err.find("another configuration (family: other there, toy here);") !=
        std::string::npos);
  std::filesystem::remove(temporary / "toy/config.yaml");
  CHECK(train("toy.yaml", out).err.find("another configuration (its config.yaml is missing or empty);") !=
        std::string::npos);
}

}  // namespace tsd::test
