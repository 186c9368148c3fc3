#include "toy/toy.hpp"

#include <chrono>
#include <cmath>
#include <limits>
#include <new>
#include <optional>
#include <string>
#include <thread>

#include "tsd/engine/rng/philox.hpp"
#include "tsd/engine/run/run_directory.hpp"
#include "tsd/error.hpp"
#include "tsd/io/atomic_file.hpp"

namespace tsd::toy {
namespace {

enum class Fault { none, nan, exception, bad_alloc };

struct Config {
  int epochs = 4;
  int batches = 5;  // per epoch
  double lr = 0.05;
  double noise = 0.1;
  double pause = 0;              // ms per step
  double setup = 0, finish = 0;  // ms before the first step; of the results, an analysis or the tool
  std::int64_t ballast = 0;      // numbers that the run holds
  Fault fault = Fault::none;
  std::int64_t fault_step = 1;
  std::optional<std::string> start_file;
};

double number_in(const std::string& file) {
  try {
    return std::stod(read_text(file, 1000));
  } catch (const std::logic_error&) {
    throw DataError(file + ": expected a number");
  }
}

void sleep_for(double ms) {
  if (ms > 0) std::this_thread::sleep_for(std::chrono::duration<double, std::milli>(ms));
}

// y = 2 x - 1 + noise, x uniform in [0, 1); parameters a, b of a x + b.
class LineFit : public Experiment {
 public:
  LineFit(const Config& config, const RunContext& context)
      : config_(config),
        context_(context),
        data_(context.seed, "data"),
        noise_(context.seed, "noise"),
        ballast_(static_cast<std::size_t>(config.ballast)) {
    sleep_for(config.setup);
    Philox init(context.seed, "init");
    a_ = init.normal();
    b_ = config.start_file ? number_in(*config.start_file) : init.normal();
  }

  std::int64_t total_steps() const override { return std::int64_t{config_.epochs} * config_.batches; }

  Headline headline() const override { return {"loss", false}; }

  StepReport step() override {
    sleep_for(config_.pause);
    const double loss = descend();
    if (!std::isfinite(loss))
      throw NumericError("step " + std::to_string(done_ + 1) + ", batch " +
                         std::to_string(done_ % config_.batches) +
                         ": loss is not finite; first bad parameter: a");
    sum_ += loss;
    if (++done_ % config_.batches != 0) return {};
    return finish_epoch();
  }

  Arrays state() const override {
    return {make_scalar("a", a_),       make_scalar("b", b_),        make_scalar("sum", sum_),
            make_scalar("done", done_), make_array("loss", losses_), data_.save("data"),
            noise_.save("noise")};
  }

  void restore(const Arrays& state) override {
    a_ = scalar<double>(state, "a");
    b_ = scalar<double>(state, "b");
    sum_ = scalar<double>(state, "sum");
    done_ = scalar<std::int64_t>(state, "done");
    const auto losses = find(state, "loss").as<double>();
    losses_.assign(losses.begin(), losses.end());
    data_.load(find(state, "data"));
    noise_.load(find(state, "noise"));
  }

  Arrays weights() const override { return {make_scalar("a", a_), make_scalar("b", b_)}; }

  void write_results(Hdf5Writer& results) override {
    sleep_for(config_.finish);
    results.dataset("/loss", losses_, {"epoch", "1", "mean squared error of the epoch's batches"});
    const auto best = context_.load_weights("best");
    results.dataset<double>("/line", {{scalar<double>(*best, "a"), scalar<double>(*best, "b")}},
                            {"parameter", "1", "slope and intercept after the best epoch"});
  }

  void analyze(Hdf5Writer& results) const {
    sleep_for(config_.finish);
    results.dataset<double>("/root", {{-b_ / a_}}, {"crossing", "1", "where the line crosses zero"});
  }

 private:
  double descend() {
    constexpr int kPoints = 8;
    double grad_a = 0, grad_b = 0, loss = 0;
    for (int i = 0; i < kPoints; ++i) {
      const double x = data_.random(), y = 2 * x - 1 + config_.noise * noise_.normal();
      const double error = a_ * x + b_ - y;
      loss += error * error / kPoints;
      grad_a += 2 * error * x / kPoints;
      grad_b += 2 * error / kPoints;
    }
    a_ -= config_.lr * grad_a;
    b_ -= config_.lr * grad_b;
    return done_ + 1 == config_.fault_step ? faulty(loss) : loss;
  }

  double faulty(double loss) const {
    switch (config_.fault) {
      case Fault::nan:
        return std::numeric_limits<double>::quiet_NaN();
      case Fault::exception:
        throw std::out_of_range("a fault on request");
      case Fault::bad_alloc:
        throw std::bad_alloc();
      case Fault::none:
        break;
    }
    return loss;
  }

  StepReport finish_epoch() {
    const double mean = sum_ / config_.batches;
    sum_ = 0;
    losses_.push_back(mean);
    StepReport report;
    report.row = {{"epoch", static_cast<double>(losses_.size())}, {"loss", mean}};
    report.score = -mean;
    if (losses_.size() == 1) report.snapshot = "epoch1";
    return report;
  }

  Config config_;
  RunContext context_;
  Philox data_, noise_;
  double a_ = 0, b_ = 0, sum_ = 0;
  std::int64_t done_ = 0;
  std::vector<double> losses_;
  std::vector<double> ballast_;
};

class ToyConfiguration : public Configuration {
 public:
  void describe(Schema& s) override {
    s.field("epochs", config_.epochs, "passes").range(1, 1e6).may_change();
    s.field("batches", config_.batches, "steps of a pass").range(1, 1e6);
    s.field("lr", config_.lr, "step size").above(0).may_change();
    s.field("noise", config_.noise, "standard deviation of the points around the line")
        .at_least(0)
        .may_change();
    s.field("pause", config_.pause, "sleep in each step").at_least(0).unit("ms");
    s.field("setup", config_.setup, "sleep before the first step").at_least(0).unit("ms");
    s.field("finish", config_.finish, "sleep of the results, an analysis and the tool")
        .at_least(0)
        .unit("ms")
        .read_by({"root"});
    s.field("ballast", config_.ballast, "numbers that the run holds").at_least(0);
    s.choice("fault", config_.fault,
             {{"none", Fault::none},
              {"nan", Fault::nan},
              {"exception", Fault::exception},
              {"bad_alloc", Fault::bad_alloc}},
             "what goes wrong at fault_step");
    s.field("fault_step", config_.fault_step, "step of the fault").at_least(1);
    s.field("start_file", config_.start_file, "text file with the intercept to start from").must_exist();
  }

  void check(Problems& problems) const override {
    if (config_.lr * config_.noise > 10) problems.add("lr", "diverges", "lr * noise of at most 10", "more");
  }

  std::vector<MemoryNeed> memory() const override {
    return {{"ballast", 8.0 * static_cast<double>(config_.ballast)}};
  }

  std::unique_ptr<Experiment> build(const RunContext& context) const override {
    return std::make_unique<LineFit>(config_, context);
  }

  void write_points(const std::filesystem::path& out) const {
    sleep_for(config_.finish);
    make_directories(out);
    write_atomically(out / "points.csv", std::string_view("x,y\n0,-1\n1,1\n"));
  }

 private:
  Config config_;
};

}  // namespace

Family family() {
  Family f;
  f.name = "toy";
  f.command = "train-toy";
  f.title = "a line through noisy points";
  f.paper = "none";
  f.tasks = {"line"};
  f.outputs = {{"/loss", "epoch", "1", "mean squared error of the epoch's batches"},
               {"/line", "parameter", "1", "slope and intercept after the best epoch"}};
  f.analyses = {{"root",
                 "where the line crosses zero",
                 {{"/root", "crossing", "1", "where the line crosses zero"}},
                 [](Experiment& finished, Hdf5Writer& results) {
                   static_cast<const LineFit&>(finished).analyze(results);
                 }}};
  f.tools = {{"toy-points", "the ends of the line", "results/points",
              [](const Configuration& configuration, const RunContext&, const std::filesystem::path& out) {
                static_cast<const ToyConfiguration&>(configuration).write_points(out);
              }}};
  f.example = "tests/toy/toy.yaml";
  f.make = [] { return std::make_unique<ToyConfiguration>(); };
  return f;
}

}  // namespace tsd::toy
