#include "families/layered/config.hpp"

#include <algorithm>

namespace tsd::layered {

namespace {

const std::vector<std::pair<std::string, Activation>> kActivations = {
    {"tanh", Activation::tanh},
    {"logistic", Activation::logistic},
    {"linear", Activation::linear},
    {"relu", Activation::relu},
    {"hard_sigmoid", Activation::hard_sigmoid}};

const std::vector<std::pair<std::string, Kind>> kKinds = {
    {"dense", Kind::dense}, {"convolution", Kind::convolution}, {"pool", Kind::pool}};

const std::vector<std::string> kSets = {"train", "validation", "test"};

template <class E>
std::vector<std::string> names_of(const std::vector<std::pair<std::string, E>>& all) {
  std::vector<std::string> names;
  for (const auto& [name, value] : all) names.push_back(name);
  return names;
}

template <class E>
E value_of(const std::vector<std::pair<std::string, E>>& all, const std::string& wanted) {
  return std::ranges::find(all, wanted, &std::pair<std::string, E>::first)->second;
}

// Of layer l; one stands for all.
template <class T>
const T& of_layer(const std::vector<T>& list, std::size_t l) {
  return list.size() == 1 ? list[0] : list[l];
}

void describe_network(Schema& s, Config& c) {
  s.choice("task", c.task, {{"autoencoder", Task::autoencoder}, {"classification", Task::classification}},
           "the target is the image, or 1 at its label's place and 0 elsewhere");
  s.choice(
      "rule", c.rule, {{"BP", Rule::BP}, {"FA", Rule::FA}, {"DFA", Rule::DFA}, {"PAL", Rule::PAL}},
      "backward weights: transposed forward weights, fixed random ones, fixed random ones from the output "
      "to each layer, or learned from noise");
  s.field("input", c.input, "channels, rows and columns of an image").range(1, 4096).length(3, 3);
  s.field("layers", c.layers,
          "from the input on, each a step of delay; convolution without padding, pool the maximum of 2 x 2")
      .one_of(names_of(kKinds))
      .length(1, 64);
  s.field("units", c.units, "of a dense layer; filters of a convolution; 0 for a pool, which keeps them")
      .range(0, 65536);
  s.field("activation", c.activation, "rate over potential, for all layers or one per layer")
      .one_of(names_of(kActivations))
      .length(1)
      .or_single();
  s.field("kernel", c.kernel, "side of a convolution's kernel").range(1, 64);
  s.choice(
      "loss", c.loss, {{"rate", Loss::rate}, {"mse", Loss::mse}, {"softmax", Loss::softmax}},
      "error of the output: of its rate, times the derivative; of its potential; or of the softmax of that");
  s.field("inject_error", c.inject_error,
          "errors enter the potentials too, and noise the errors, as when Figure 5's numbers were made");
  s.field("beta", c.beta, "strength of the output's error").above(0).may_change();
}

void describe_learning(Schema& s, Config& c) {
  s.field("epochs", c.epochs, "passes over the training images").range(1, 1e6).may_change();
  s.field("batch_size", c.batch_size, "images at a time").range(1, 65536);
  s.field("n_updates", c.n_updates, "time steps for which a batch is shown").range(1, 1e6).unit("steps");
  s.field("lr", c.lr, "step size of a presentation; each of its n_updates steps takes its part")
      .above(0)
      .may_change();
  s.field("lr_factors", c.lr_factors, "what lr is multiplied by, for all layers or one per layer")
      .at_least(0)
      .length(1)
      .or_single()
      .may_change();
  s.choice(
      "rng", c.rng, {{"reference", Rng::reference}, {"fast", Rng::fast}},
      "noise from the stream of initial values and orders, with all that the original draws on a CPU, or "
      "from a generator of the device");
}

void describe_layer_list(Schema& s, const char* key, std::vector<double>& list, const char* meaning) {
  s.field(key, list, meaning).at_least(0).length(1).or_single().may_change();
}

}  // namespace

void describe(Schema& s, Pal& p) {
  describe_layer_list(s, "bw_lr_factors", p.bw_lr_factors, "what lr is multiplied by for B");
  describe_layer_list(s, "lambda", p.lambda, "decay of B, in units of its step size");
  describe_layer_list(s, "sigma", p.sigma, "of the noise, whose standard deviation is about 0.73 of it");
  s.field("tau_xi", p.tau_xi, "correlation time of the noise").at_least(1).unit("steps").may_change();
  s.field("tau_HP", p.tau_HP, "high-pass of rates in the rule of B").at_least(1).unit("steps").may_change();
  s.field("tau_LO", p.tau_LO, "low-pass of forward updates; 0: none").at_least(0).unit("steps");
}

void describe(Schema& s, Evaluation& e) {
  s.field("before", e.before, "sets to be tried before the first epoch, in this order").one_of(kSets);
  s.field("after", e.after, "sets to be tried after epochs").one_of(kSets);
  s.field("end", e.end, "sets to be tried at the very end").one_of(kSets);
  s.field("epochs", e.epochs, "after which of them; []: after all").at_least(1);
  s.field("noise", e.noise, "noise is added to potentials there too (PAL)");
  s.field(
       "readout", e.readout,
       "layer whose rates are read: accuracy of the nearest class mean, means over `train`, which has to come "
       "first; null: none")
      .at_least(1);
}

void describe(Schema& schema, Config& c) {
  describe_network(schema, c);
  describe_learning(schema, c);
  schema.group("pal", c.pal, "how PAL learns B; lists for all layers or one per layer, the first has no B");
  schema.group("evaluation", c.evaluation, "passes without learning");
  schema.group("data", c.data, "images");
}

namespace {

bool check_lengths(const Config& c, Problems& problems) {
  const std::size_t before = problems.all().size();
  const auto check = [&](const char* key, std::size_t length, bool single) {
    if (length != c.layers.size() && !(single && length == 1))
      problems.add(key, "as many as layers", std::to_string(c.layers.size()) + " values",
                   std::to_string(length));
  };
  check("units", c.units.size(), false);
  check("activation", c.activation.size(), true);
  check("lr_factors", c.lr_factors.size(), true);
  check("pal.bw_lr_factors", c.pal.bw_lr_factors.size(), true);
  check("pal.lambda", c.pal.lambda.size(), true);
  check("pal.sigma", c.pal.sigma.size(), true);
  return problems.all().size() == before;
}

std::string text_of(const Extent& e) {
  return std::to_string(e.channels) + " x " + std::to_string(e.rows) + " x " + std::to_string(e.columns);
}

// A name or number of its own for a layer that has no use for it; one for all layers may stand.
void check_lists(const Config& c, Problems& problems) {
  for (std::size_t l = 0; l < c.layers.size(); ++l) {
    const bool pools = c.layers[l] == "pool";
    const std::string place = "layer " + std::to_string(l + 1) + ", " + c.layers[l] + ", has none";
    const auto rate = [&](const char* key, const std::vector<double>& list) {
      if (list.size() > 1 && list[l] != 0) problems.add(key, place, "0", number_text(list[l]));
    };
    if (pools) rate("lr_factors", c.lr_factors);
    if (pools || l == 0) rate("pal.bw_lr_factors", c.pal.bw_lr_factors);
    if (pools && c.activation.size() > 1 && c.activation[l] != "linear")
      problems.add("activation", place, "linear", c.activation[l]);
  }
}

void check_layers(const Config& c, Problems& problems) {
  Extent below = c.input_extent();
  bool flat = false;
  for (std::size_t l = 0; l < c.layers.size(); ++l) {
    const Kind kind = value_of(kKinds, c.layers[l]);
    const std::string place = "layer " + std::to_string(l + 1) + ", " + c.layers[l];
    if ((kind == Kind::pool) != (c.units[l] == 0))
      problems.add("units", place, kind == Kind::pool ? "0" : "1 or more", std::to_string(c.units[l]));
    if (kind == Kind::pool && l == 0) problems.add("layers", place, "another layer first", "pool");
    if (kind != Kind::dense && flat)
      problems.add("layers", place + " over a dense layer", "dense", c.layers[l]);
    const int side = kind == Kind::pool ? kPool : c.kernel;
    if (kind != Kind::dense && !flat && std::min(below.rows, below.columns) < side)
      problems.add(kind == Kind::pool ? "layers" : "kernel", place + " over " + text_of(below),
                   "at most what is below", std::to_string(side));
    if (!problems.all().empty()) return;
    flat = kind == Kind::dense;
    below = c.spec().layers[l].own;
  }
  if (!flat) problems.add("layers", "the last one", "dense", c.layers.back());
  if (c.task == Task::autoencoder && below.size() != c.input_extent().size())
    problems.add("units", "of the last layer, which is to give the image back",
                 std::to_string(c.input_extent().size()), std::to_string(below.size()));
  const std::int64_t places = c.input[1] + c.input[2];
  if (c.data.source == Source::bars && c.task == Task::classification && below.size() != places)
    problems.add("units", "of the last layer, for as many places of a bar", std::to_string(places),
                 std::to_string(below.size()));
}

void check_evaluation(const Config& c, Problems& problems) {
  const Evaluation& e = c.evaluation;
  const auto asks = [&](const char* set) {
    return std::ranges::count(e.before, set) + std::ranges::count(e.after, set) +
               std::ranges::count(e.end, set) >
           0;
  };
  if (asks("validation") && c.data.validation < c.batch_size)
    problems.add("data.validation", "evaluation asks for that set, batch by batch",
                 std::to_string(c.batch_size) + " or more", std::to_string(c.data.validation));
  if (asks("test") && c.data.source == Source::bars && c.data.bars.test < c.batch_size)
    problems.add("data.bars.test", "evaluation asks for that set, batch by batch",
                 std::to_string(c.batch_size) + " or more", std::to_string(c.data.bars.test));
  for (const int epoch : e.epochs)
    if (epoch > c.epochs)
      problems.add("evaluation.epochs", "beyond epochs", "1 to " + std::to_string(c.epochs),
                   std::to_string(epoch));
  if (!e.readout) return;
  if (*e.readout > static_cast<int>(c.layers.size()))
    problems.add("evaluation.readout", "has to be a layer", "1 to " + std::to_string(c.layers.size()),
                 std::to_string(*e.readout));
  for (const auto& [key, sets] : {std::pair{"evaluation.before", &e.before},
                                  {"evaluation.after", &e.after},
                                  {"evaluation.end", &e.end}})
    if (!sets->empty() && sets->front() != "train")
      problems.add(key, "the read-out learns from train", "train first", sets->front());
}

void check_data(const Config& c, Problems& problems) {
  const bool files = c.data.source != Source::bars;
  if (files && !c.data.folder) problems.add("data.folder", "missing", "folder of the images' files", "null");
  if (c.data.source == Source::cifar10 && c.input != std::vector<int>{3, 32, 32})
    problems.add("input", "of CIFAR-10's images", "[3, 32, 32]", text_of(c.input_extent()));
  if (!files && c.data.bars.train - c.data.validation < c.batch_size)
    problems.add("data.bars.train", "less than a batch beyond data.validation",
                 std::to_string(c.batch_size + c.data.validation) + " or more",
                 std::to_string(c.data.bars.train));
  if (!files && c.input[1] + c.input[2] > 256)
    problems.add("input", "more places for bars than labels", "rows + columns of at most 256",
                 std::to_string(c.input[1] + c.input[2]));
}

}  // namespace

void check(const Config& c, Problems& problems) {
  if (!check_lengths(c, problems)) return;
  check_layers(c, problems);
  check_lists(c, problems);
  check_evaluation(c, problems);
  check_data(c, problems);
  const bool convolves = std::ranges::count(c.layers, "dense") < static_cast<std::ptrdiff_t>(c.layers.size());
  if (c.pal.tau_LO > 0 && c.pal.tau_LO < 1)
    problems.add("pal.tau_LO", "shorter than a step", "0, or 1 or more", number_text(c.pal.tau_LO));
  if (c.inject_error && (convolves || c.rule == Rule::DFA))
    problems.add("inject_error", "of dense layers with rule BP, FA or PAL", "false", "true");
}

std::vector<UnusedKey> without_effect(const Config& c) {
  const auto has = [&](const char* kind) { return std::ranges::count(c.layers, kind) > 0; };
  return unused_keys(c, {{{"pal.", "evaluation.noise"}, c.rule == Rule::PAL, "rule: PAL"},
                         {{"evaluation.epochs"}, !c.evaluation.after.empty(), "sets in evaluation.after"},
                         {{"kernel"}, has("convolution"), "a layer of the kind convolution"},
                         {{"data.folder"}, c.data.source != Source::bars, "data.source: idx or cifar10"},
                         {{"data.bars."}, c.data.source == Source::bars, "data.source: bars"}});
}

bool Config::evaluates_after(int epoch) const {
  return evaluation.epochs.empty() || std::ranges::count(evaluation.epochs, epoch) > 0;
}

ModelSpec Config::spec() const {
  ModelSpec spec;
  spec.rule = rule;
  spec.loss = loss;
  spec.inject_error = inject_error;
  spec.noise_in_evaluation = evaluation.noise;
  spec.batch = batch_size;
  spec.beta = beta;
  spec.noise_rate = 1 / pal.tau_xi;
  spec.high_pass = 1 / pal.tau_HP;
  spec.low_pass = pal.tau_LO > 0 ? 1 / pal.tau_LO : 0;
  Extent below = input_extent();
  for (std::size_t l = 0; l < layers.size(); ++l) {
    Layer layer;
    layer.kind = value_of(kKinds, layers[l]);
    layer.phi = value_of(kActivations, of_layer(activation, l));
    layer.below = below;
    layer.kernel = layer.kind == Kind::convolution ? kernel : 0;
    layer.flattens = layer.kind == Kind::dense && l > 0 && spec.layers.back().kind != Kind::dense;
    if (layer.kind == Kind::dense)
      layer.own = {units[l], 1, 1};
    else if (layer.kind == Kind::pool)
      layer.own = {below.channels, below.rows / kPool, below.columns / kPool};
    else
      layer.own = {units[l], below.rows - kernel + 1, below.columns - kernel + 1};
    layer.step = lr * of_layer(lr_factors, l) / n_updates;
    layer.step_back = lr * of_layer(pal.bw_lr_factors, l) / n_updates;
    layer.decay = of_layer(pal.lambda, l);
    layer.sigma = of_layer(pal.sigma, l);
    below = layer.own;
    spec.layers.push_back(layer);
  }
  return spec;
}

}  // namespace tsd::layered
