// Sequences from a file in place of generated ones.
#include "families/plastic/finished.hpp"
#include "families/plastic/learner.hpp"
#include "support/catch.hpp"
#include "support/run_files.hpp"
#include "tsd/error.hpp"
#include "tsd/io/hdf5.hpp"

namespace tsd::plastic {
namespace {

Config small() {
  Config c;
  c.hidden_dims = {8, 5};
  c.T_min = 12;
  c.acc_num = 1000;
  c.log_every = 1;
  return c;
}

template <class Frame = float, class Label = std::int64_t>
void write(const std::string& path, const std::vector<Frame>& frames, const std::vector<Label>& labels,
           std::int64_t count, std::int64_t d = 25) {
  Hdf5Writer file(path);
  const std::int64_t T = static_cast<std::int64_t>(labels.size()) / count;
  file.dataset<Frame>("frames", frames, {count, T, 4, d}, {});
  file.dataset<Label>("labels", labels, {count, T}, {});
  file.close();
}

}  // namespace

// The sequences that a seed would have seen, from a file: the same course, until there are no more.
TEST_CASE("plastic recorded: the course of the sequences it would have generated", "[plastic]") {
  const Config c = small();
  TorchGenerator torch(4);
  const ModelSpec network = c.spec();
  (void)initial_parameters(network, Layout(network), c.initial_values(), torch);
  const auto draws = reference_draws(torch, 4);
  std::vector<float> frames;
  std::vector<std::int64_t> labels;
  for (int k = 0; k < 9; ++k) {
    Sequence sequence;
    generate(c.task(), 1, 20, *draws, sequence);
    frames.insert(frames.end(), sequence.frames.begin(), sequence.frames.end());
    labels.insert(labels.end(), sequence.labels.begin(), sequence.labels.end());
  }
  const test::TemporaryDirectory temporary;
  const std::string path = temporary / "sequences.h5";
  write(path, frames, labels, 9);
  const auto recorded = std::make_shared<const std::vector<Sequence>>(read_sequences(path, c.task()));
  Learner replays(c, 4, native_backend(network, c.bce), recorded);
  Config generating = c;
  generating.T_min = 20;
  Learner generates(generating, 4, native_backend(network, c.bce));
  for (int k = 0; k < 9; ++k) {
    CHECK(replays.end() == End::no);
    replays.step();
    generates.step();
  }
  CHECK(replays.end() == End::data);
  CHECK(std::ranges::equal(replays.log(), generates.log(),
                           [](double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }));
  CHECK(replays.parameters() == generates.parameters());
  CHECK(replays.current().T == 20);
}

TEST_CASE("plastic recorded: what does not fit is refused", "[plastic]") {
  const test::TemporaryDirectory temporary;
  const std::string path = temporary / "sequences.h5";
  const auto message = [&] {
    try {
      read_sequences(path, {});
    } catch (const DataError& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  std::vector<float> frames(2 * 3 * 4 * 25, 1);
  write(path, frames, std::vector<std::int64_t>{0, 0, 1, 0, 0, 1}, 2);
  CHECK(message() == "accepted");
  write(path, frames, std::vector<std::int64_t>{0, 0, 2, 0, 0, 1}, 2);
  CHECK(message().find("labels: expected 0 or 1, got 2") != std::string::npos);
  frames[7] = 0.5;
  write(path, frames, std::vector<std::int64_t>{0, 0, 1, 0, 0, 1}, 2);
  CHECK(message().find("frames: expected -1 or 1, got 0.5") != std::string::npos);
  write(path, std::vector<float>(2 * 3 * 4 * 24, 1), std::vector<std::int64_t>{0, 0, 1, 0, 0, 1}, 2, 24);
  CHECK_THAT(message(),
             Catch::EndsWith("frames: expected [sequence, scene, 4, 25] (scene_time, vec_len), got "
                             "[2, 3, 4, 24]"));
}

TEST_CASE("plastic recorded: numbers of any type are the same sequences", "[plastic]") {
  const test::TemporaryDirectory temporary;
  const std::string path = temporary / "sequences.h5";
  std::vector<float> frames(2 * 3 * 4 * 25, 1);
  frames[7] = -1;
  write(path, frames, std::vector<std::int64_t>{0, 0, 1, 0, 1, 0}, 2);
  const auto expected = read_sequences(path, {});
  const auto check_equal = [&] {
    const auto read = read_sequences(path, {});
    REQUIRE(read.size() == 2);
    for (std::size_t k = 0; k < 2; ++k) {
      CHECK(read[k].frames == expected[k].frames);
      CHECK(read[k].labels == expected[k].labels);
    }
  };
  write(path, std::vector<double>(frames.begin(), frames.end()), std::vector<std::int32_t>{0, 0, 1, 0, 1, 0},
        2);
  check_equal();
  write(path, std::vector<std::int32_t>(frames.begin(), frames.end()), std::vector<float>{0, 0, 1, 0, 1, 0},
        2);
  check_equal();
}

TEST_CASE("plastic recorded: a fork to more iterations ends where the recording does", "[plastic]") {
  const test::TemporaryDirectory temporary;
  Config c = small();
  c.data_file = (temporary / "sequences.h5").string();
  c.max_total_iterations = 4;
  write(*c.data_file, std::vector<float>(4 * 3 * 4 * 25, 1),
        std::vector<std::int64_t>{0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1}, 4);
  PlasticExperiment parent(c, test::context());
  while (!parent.finished()) parent.step();
  c.max_total_iterations = 9;
  PlasticExperiment fork(c, test::context());
  fork.restore(parent.state());
  fork.take_over({"max_total_iterations"});
  CHECK(fork.finished());
  CHECK(fork.learners()[0].end() == End::data);
}

TEST_CASE("plastic recorded: sequences without a familiar scene are refused", "[plastic]") {
  const test::TemporaryDirectory temporary;
  Config c = small();
  c.data_file = (temporary / "sequences.h5").string();
  write(*c.data_file, std::vector<float>(2 * 3 * 4 * 25, 1), std::vector<std::int64_t>{0, 0, 0, 0, 0, 0}, 2);
  CHECK_THROWS_WITH(
      PlasticExperiment(c, test::context()),
      Catch::Contains("sequences.h5: labels: expected novel and familiar scenes, got novel ones alone"));
}

}  // namespace tsd::plastic
