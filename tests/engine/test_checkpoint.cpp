#include "support/catch.hpp"
#include "support/process.hpp"
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
  const Checkpoints checkpoints(temporary.path(), "toy", "abc");
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

TEST_CASE("checkpoint: equal content, equal bytes", "[checkpoint]") {
  const TemporaryDirectory a, b;
  Checkpoints(a.path(), "toy", "abc").save(made(3));
  const Checkpoints checkpoints(b.path(), "toy", "abc");
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
  const Checkpoints checkpoints(temporary.path(), "toy", "abc");
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
