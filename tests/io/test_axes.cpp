// Axes as netCDF-4's readers see them: by name, in a dataset's group or the nearest one above.
#include "io/axes.hpp"

#include "support/catch.hpp"

using namespace tsd;
using Names = std::vector<std::string>;

namespace {

struct Planned {
  AxesPlan plan;

  explicit Planned(const std::vector<NamedAxes>& datasets, std::set<std::string> groups = {}) {
    for (const auto& dataset : datasets) groups.insert(dataset.path);
    plan = plan_axes(datasets, groups);
  }
  Names made() const {
    Names paths;
    for (const auto& scale : plan.made) paths.push_back(scale.path + "=" + std::to_string(scale.length));
    return paths;
  }
  Names of(const std::string& dataset) const { return plan.scales.at(dataset); }
};

}  // namespace

TEST_CASE("axes: a name may say the length, and none comes twice", "[io]") {
  const auto names = [](const char* dims, const Shape& shape) { return named_axes("/x", dims, shape).axes; };
  CHECK(names("record,post #,pre #", {7, 4, 3}) == Names{"record", "post 4", "pre 3"});
  CHECK(names("...", {32, 32, 5}) == Names{"size 32", "size 32 (2)", "size 5"});
  CHECK(names("...", {9}) == Names{"size 9"});
  CHECK(names("unit,unit", {4, 4}) == Names{"unit", "unit (2)"});
  CHECK(names("epoch", {3, 2}) == Names{"size 3", "size 2"});  // does not name them all
  CHECK(names("", {}).empty());
}

TEST_CASE("axes: one scale at the root where the whole file agrees", "[io]") {
  const Planned p({{"/a/x", {"trial", "time"}, {5, 9}}, {"/b/y", {"trial"}, {5}}, {"/z", {"time"}, {9}}});
  CHECK(p.made() == Names{"/time=9", "/trial=5"});
  CHECK(p.of("/a/x") == Names{"/trial", "/time"});
  CHECK(p.of("/b/y") == Names{"/trial"});
}

TEST_CASE("axes: equal lengths under different names stay apart", "[io]") {
  const Planned p({{"/confusion", {"epoch", "response"}, {3, 3}}});
  CHECK(p.of("/confusion") == Names{"/epoch", "/response"});
}

TEST_CASE("axes: a dataset of an axis's own name holds its values, for its group and those below", "[io]") {
  const Planned p({{"/train/epoch", {"epoch"}, {4}},
                   {"/train/loss", {"epoch"}, {4}},
                   {"/train/val/acc", {"epoch"}, {4}},
                   {"/other/acc", {"epoch"}, {6}},
                   {"/train/sub/short", {"epoch"}, {2}}});
  CHECK(p.plan.coordinates == Names{"/train/epoch"});
  CHECK(p.of("/train/loss") == Names{"/train/epoch"});
  CHECK(p.of("/train/val/acc") == Names{"/train/epoch"});
  CHECK(p.of("/train/sub/short") == Names{"/train/sub/epoch"});
  CHECK(p.of("/other/acc") == Names{"/other/epoch"});
}

TEST_CASE("axes: lengths that differ get scales of their own, where no others look", "[io]") {
  const Planned p(
      {{"/runs/1/R", {"stage"}, {5}}, {"/runs/2/R", {"stage"}, {7}}, {"/runs/2/T", {"stage"}, {7}}});
  CHECK(p.made() == Names{"/runs/1/stage=5", "/runs/2/stage=7"});
  CHECK(p.of("/runs/2/T") == Names{"/runs/2/stage"});
}

TEST_CASE("axes: two lengths of one name in one group are told apart by them", "[io]") {
  const Planned p({{"/x", {"neuron"}, {3}}, {"/y", {"neuron"}, {4}}, {"/z", {"neuron"}, {3}}});
  CHECK(p.of("/x") == Names{"/neuron"});
  CHECK(p.of("/y") == Names{"/neuron 4"});
  CHECK(p.of("/z") == Names{"/neuron"});
}

TEST_CASE("axes: the name of a group or of another dataset is left to it", "[io]") {
  const Planned p(
      {{"/input/r0", {"sample", "input"}, {9, 2}}, {"/record/target", {"record", "target"}, {9, 3}}},
      {"/input", "/record"});
  CHECK(p.of("/input/r0") == Names{"/sample", "/input/input"});
  CHECK(p.of("/record/target") == Names{"/record/record", "/target"});
}

TEST_CASE("axes: datasets that label an axis are told by their names", "[io]") {
  const Planned p({{"/decoding/times", {"time"}, {6}},
                   {"/decoding/properties", {"property"}, {3}},
                   {"/decoding/task_names", {"task"}, {2}},
                   {"/decoding/chance", {"time"}, {6}}});
  CHECK(p.plan.labels.at("/decoding") == Names{"times", "properties", "task_names"});
}
