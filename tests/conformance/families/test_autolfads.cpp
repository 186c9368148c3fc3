// What AutoLFADS moves from one generation to the next: each setting has an effect from the fork on, and on nothing
// before.
#include "conformance/requests.hpp"
#include "support/catch.hpp"
#include "tsd/engine/run/fork.hpp"

namespace tsd {

TEST_CASE("conformance: a fork's dropouts, penalties and step size act on the rest of an LFADS",
          "[conformance]") {
  const Subject lfads = {TSD_SOURCE_DIR "/configs/ctd/smoke_lfads.yaml",
                         {"train.lr_scheduler=false", "train.early_stopping_patience=0"}};
  const TemporaryDirectory temporary;
  const auto whole = request_for(lfads, temporary / "whole"),
             parent = request_for(lfads, temporary / "parent");
  const std::int64_t half = run(whole).total / 2;
  run_until(parent, half);
  const std::string before = slurp(RunDirectory{parent.directory}.metrics());
  for (const std::string word :
       {"train.lr=0.001", "model.dropout=0.3", "augment.cd_rate=0.6", "train.kl_ic_scale=0.01",
        "train.kl_co_scale=0.01", "train.l2_gen_scale=1", "train.l2_con_scale=1"}) {
    CAPTURE(word);
    auto fork = request_for(lfads, temporary / word, {word});
    fork.from = ForkPoint{parent.directory};
    CHECK(run(fork).state == RunState::done);
    const std::string rows = slurp(RunDirectory{fork.directory}.metrics());
    CHECK(rows.starts_with(before));
    CHECK(rows != slurp(RunDirectory{whole.directory}.metrics()));
  }
}

}  // namespace tsd
