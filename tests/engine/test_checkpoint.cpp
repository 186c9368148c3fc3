#include "support/catch.hpp"
#include "support/process.hpp"
#include "support/refusal.hpp"
#include "support/temporary_directory.hpp"
#include "tsd/engine/run/checkpoint.hpp"
#include "tsd/engine/run/log.hpp"
#include "tsd/error.hpp"

namespace tsd {
namespace {

using namespace test;

Checkpoint made(std::int64_t step) {
  return {step, 0.5, 0.25, {12, std::string(32, 'a')}, "step,loss\n", {make_scalar("x", 1.0 * step)}};
}

}  // namespace

TEST_CASE("checkpoint: what was saved is loaded, the one before is kept", "[checkpoint]") {
  const TemporaryDirectory temporary;
  Checkpoints checkpoints(temporary.path(), "toy", "abc");
  CHECK_FALSE(checkpoints.load());
  checkpoints.save(made(1));
  CHECK_FALSE(std::filesystem::exists(temporary / "prev.safetensors"));
  const auto first = slurp(temporary / "last.safetensors");
  checkpoints.save(made(2));
  CHECK(slurp(temporary / "prev.safetensors") == first);
  const auto loaded = checkpoints.load();
  REQUIRE(loaded);
  CHECK(loaded->step == 2);
  CHECK(loaded->best_score == 0.5);
  CHECK(loaded->best == 0.25);
  CHECK(loaded->metrics.bytes == 12);
  CHECK(loaded->metrics.xxh3_128 == std::string(32, 'a'));
  CHECK(loaded->rows == "step,loss\n");
  CHECK(loaded->state.size() == 1);
  CHECK(scalar<double>(loaded->state, "x") == 2.0);
}

TEST_CASE("checkpoint: what somebody removes while the run goes on is told", "[checkpoint]") {
  const TemporaryDirectory temporary;
  Checkpoints checkpoints(temporary.path(), "toy", "abc");
  const auto weights = [] { return Arrays{make_scalar("w", 1.0)}; };
  checkpoints.save_weights("best", 1, 0.5, weights());
  checkpoints.save_weights("epoch_001", 1, 0.5, weights());
  checkpoints.save(made(1));
  checkpoints.require_kept();
  const auto says = [&](const std::string& name) {
    return (temporary / (name + ".safetensors")).string() + ": was removed while the run went on";
  };
  std::filesystem::remove(temporary / "epoch_001.safetensors");
  CHECK(refusal<IoError>([&] { checkpoints.require_kept(); }) == says("epoch_001"));
  CHECK(refusal<IoError>([&] { checkpoints.save(made(2)); }) == says("epoch_001"));
  checkpoints.save_weights("epoch_001", 1, 0.5, weights());
  std::filesystem::remove(temporary / "last.safetensors");
  CHECK(refusal<IoError>([&] { checkpoints.save(made(2)); }) == says("last"));
}

TEST_CASE("checkpoint: weights that are gone at a resume are told, and the run goes on", "[checkpoint]") {
  const TemporaryDirectory temporary;
  Checkpoints before(temporary.path(), "toy", "abc");
  for (const std::string name : {"best", "epoch_001"})
    before.save_weights(name, 1, 0.5, {make_scalar("w", 1.0)});
  before.save(made(1));
  std::filesystem::remove(temporary / "epoch_001.safetensors");
  Checkpoints after(temporary.path(), "toy", "abc");
  const auto said = [&](Checkpoints& checkpoints) {
    const TemporaryDirectory logs;
    const RunLog log(logs / "log");
    const RunLog::Scope scope(log);
    REQUIRE(checkpoints.load());
    return slurp(logs / "log");
  };
  CHECK_THAT(said(after), Catch::Contains((temporary / "epoch_001.safetensors").string() +
                                          " is missing, which the run had kept"));
  after.save(made(2));
  after.require_kept();
  CHECK_THAT(said(after), !Catch::Contains("is missing"));
}

TEST_CASE("checkpoint: equal content, equal bytes", "[checkpoint]") {
  const TemporaryDirectory a, b;
  Checkpoints(a.path(), "toy", "abc").save(made(3));
  Checkpoints checkpoints(b.path(), "toy", "abc");
  checkpoints.save(made(1));
  checkpoints.save(made(3));
  CHECK(slurp(a / "last.safetensors") == slurp(b / "last.safetensors"));
}

TEST_CASE("checkpoint: of another family or configuration it is refused", "[checkpoint]") {
  const TemporaryDirectory temporary;
  Checkpoints(temporary.path(), "toy", "abc").save(made(1));
  set_quiet(true);
  CHECK_THROWS_AS(Checkpoints(temporary.path(), "nback", "abc").load(), DataError);
  std::string message;
  try {
    Checkpoints(temporary.path(), "toy", "xyz").load();
  } catch (const DataError& error) {
    message = error.what();
  }
  CHECK(message.find("config_sha256: expected xyz, got abc") != std::string::npos);
}

TEST_CASE("checkpoint: any flipped byte is noticed", "[checkpoint]") {
  const TemporaryDirectory temporary;
  Checkpoints checkpoints(temporary.path(), "toy", "abc");
  checkpoints.save(made(1));
  const auto good = slurp(temporary / "last.safetensors");
  for (std::size_t at = 0; at < good.size(); ++at) {
    auto bad = good;
    bad[at] = static_cast<char>(bad[at] ^ (1 << (at % 8)));
    spit(temporary / "last.safetensors", bad);
    CAPTURE(at);
    CHECK_THROWS_AS(checkpoints.load(), DataError);
  }
}

}  // namespace tsd
