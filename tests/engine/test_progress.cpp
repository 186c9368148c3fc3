#include <cmath>

#include "support/catch.hpp"
#include "support/process.hpp"
#include "support/temporary_directory.hpp"
#include "tsd/engine/run/metrics.hpp"
#include "tsd/engine/run/progress.hpp"
#include "tsd/engine/table.hpp"

namespace tsd {

TEST_CASE("progress: durations", "[progress]") {
  CHECK(duration_text(0) == "0 s");
  CHECK(duration_text(59.4) == "59 s");
  CHECK(duration_text(59.6) == "1:00 min");
  CHECK(duration_text(3599) == "59:59 min");
  CHECK(duration_text(3723) == "1:02:03 h");
}

TEST_CASE("progress: a bar with share, rate, time left and metrics that fit", "[progress]") {
  const ProgressView view{"stsf", 50, 200, 25, {{"loss", 0.25}, {"accuracy", 0.875}}};
  const std::string bar = "stsf [#####---------------]  25 % 50/200 25/s ETA 6 s";
  CHECK(progress_bar(view, 200) == bar + "  loss 0.25  accuracy 0.875");
  CHECK(progress_bar(view, static_cast<int>(bar.size()) + 15) == bar + "  loss 0.25");
  CHECK(progress_bar(view, 10) == "stsf [####");
  CHECK(progress_line(view) == "stsf: step 50/200  loss 0.25  accuracy 0.875  (25/s, ETA 6 s)");
  const std::vector<Metric> seven = {{"a", 1}, {"b", 2}, {"c", 3}, {"d", 4}, {"e", 5}, {"f", 6}, {"g", 7}};
  CHECK(progress_line({"x", 5, 10, 0, seven}) ==
        "x: step 5/10  a 1  b 2  c 3  d 4  e 5  f 6");  // the first six
  CHECK(progress_bar({"x", 0, 10, 0, {}}, 80) == "x [--------------------]   0 % 0/10");
}

TEST_CASE("metrics: numbers read back to the same double in the fewest digits", "[metrics]") {
  CHECK(shortest(0.1) == "0.1");
  CHECK(shortest(1) == "1");
  CHECK(shortest(1e-300) == "1e-300");
  for (const double value : {1 / 3.0, 2.2250738585072014e-308, 123456789.123456789})
    CHECK(std::stod(shortest(value)) == value);
  CHECK(shortest(HUGE_VAL) == "inf");
  CHECK(shortest(-HUGE_VAL) == "-inf");
  CHECK(shortest(std::nan("")) == "nan");
  CHECK(shortest(-std::nan("")) == "nan");  // 0 / 0 has a sign that says nothing
}

TEST_CASE("metrics: a cell may be text, in quotes where it has to be", "[metrics]") {
  test::TemporaryDirectory folder;
  MetricsFile file(folder / "metrics.csv");
  file.append(1, {{"model", 0, "gru, \"A\""}, {"r2", 0.5}});
  file.append(2, {{"model", 0, "node8_s0"}, {"r2", -std::nan("")}});
  CHECK(test::slurp(folder / "metrics.csv") == "step,model,r2\n1,\"gru, \"\"A\"\"\",0.5\n2,node8_s0,nan\n");
  CHECK(progress_line({"x", 1, 2, 0, {{"model", 0, "node8_s0"}, {"r2", 0.5}}}) ==
        "x: step 1/2  model node8_s0  r2 0.5");
}

TEST_CASE("table: aligned, and CSV as in RFC 4180", "[table]") {
  const Table table{{"run", "message"}, {{"a", "said \"no\", twice"}, {"bcde", ""}}};
  CHECK(aligned(table) == "run   message\na     said \"no\", twice\nbcde\n");
  CHECK(aligned({{"run", "x"}, {{"größe", "1"}, {"abcdef", "2"}}}) ==
        "run     x\ngröße   1\nabcdef  2\n");  // by characters, not bytes
  CHECK(csv(table) == "run,message\na,\"said \"\"no\"\", twice\"\nbcde,\n");
}

TEST_CASE("progress: rates in the experiment's own unit", "[progress]") {
  ProgressView view{"fig3abc", 50, 200, 25, {}};
  view.pace = {"Euler steps", 10000};
  CHECK(progress_line(view) == "fig3abc: step 50/200  (250 k Euler steps/s, ETA 6 s)");
  view.pace = {"Euler steps", 1e6};
  CHECK(progress_line(view) == "fig3abc: step 50/200  (25.0 M Euler steps/s, ETA 6 s)");
}

}  // namespace tsd
