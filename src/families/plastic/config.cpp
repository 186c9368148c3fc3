#include "families/plastic/config.hpp"

#include <algorithm>
#include <cmath>

#include "families/plastic/analysis/detection.hpp"

namespace tsd::plastic {

namespace {

void describe_network(Schema& s, Config& c) {
  s.choice(
      "network_type", c.network_type,
      {{"ML", NetworkType::Memo},
       {"Memo", NetworkType::Memo},
       {"Dyn_RO", NetworkType::Dyn_RO},
       {"Nonl_RO", NetworkType::Nonl_RO},
       {"Stack", NetworkType::Stack},
       {"HebbFF", NetworkType::HebbFF},
       {"RNN", NetworkType::RNN},
       {"LSTM", NetworkType::LSTM},
       {"Static", NetworkType::Static},
       {"Trace_RNN", NetworkType::Trace_RNN},
       {"Modulated_RNN", NetworkType::Modulated_RNN},
       {"Retroactive_RNN", NetworkType::Retroactive_RNN},
       {"FastWeights", NetworkType::FastWeights},
       {"LinearAttention", NetworkType::LinearAttention},
       {"DeltaRule", NetworkType::DeltaRule},
       {"Transformer", NetworkType::Transformer}},
      "plastic layers in a chain (Memo, alias ML), all but the first with a memory of one frame "
      "(Dyn_RO), one plastic layer under static ones (Nonl_RO), or plastic layers side by side (Stack); "
      "to compare with: HebbFF, recurrent layers (RNN, LSTM), no memory at all (Static), recurrent weights with "
      "a Hebbian trace (Trace_RNN) that the network modulates (Modulated_RNN, Retroactive_RNN), and "
      "memories of keys and values (FastWeights, LinearAttention, DeltaRule, Transformer)");
  s.field("hidden_dims", c.hidden_dims, "neurons per layer").range(1, 4096).length(1, 64);
  s.field("plastic_types", c.plastic_types,
          "rule of each plastic layer of the first four: M multiplicative, W o (1 + P), or A additive, W + P")
      .one_of({"A", "M"})
      .length(1);
  s.field("hetero_rates", c.hetero_rates,
          "their learning rates: 1 per synapse, 0.5 per postsynaptic neuron, 0 one for all")
      .range(0, 1)
      .length(1);
  s.choice(
      "change", c.change,
      {{"hebbian", Change::hebbian}, {"oja", Change::oja}, {"presynaptic", Change::presynaptic}},
      "what a frame adds to P of the first four, before the learning rate: h u', h u' - h^2 o P (Oja), or "
      "u for every neuron");
  s.choice("bound", c.bound, {{"none", Bound::none}, {"tanh", Bound::tanh}, {"rows", Bound::rows}},
           "of P after each frame: none, its tanh, or each neuron's row scaled down to a length of 1");
  s.choice("decays", c.decays, {{"layer", Rates::scalar}, {"neuron", Rates::post}, {"synapse", Rates::full}},
           "decay of P that is trained: one for a layer, one per neuron or one per synapse");
  s.field("train_initial_P", c.train_initial_P, "P at the first frame of a sequence is trained, and not 0");
  s.field("strict", c.strict,
          "hetero_rates 0.5 per neuron in Nonl_RO and Stack too, where the original takes it for 0");
  s.choice("eta_sign", c.eta_sign,
           {{"free", Sign::free}, {"hebbian", Sign::hebbian}, {"antihebbian", Sign::antihebbian}},
           "learning rate of HebbFF: as trained, or the exponential of what is trained, with that sign");
  s.field("lambda_init", c.lambda_init,
          "raw decay at the start, P decays by its sigmoid (HebbFF: by itself); null: 1 (HebbFF: 0.99)");
  s.field("eta_scalar_init", c.eta_scalar_init,
          "learning rate at the start where it is one for all; null: -0.5 (HebbFF: 5 / vec_len, negative "
          "unless hebbian)");
  s.field("init_file", c.init_file, "safetensors file of parameters to start from, names of the original")
      .must_exist()
      .read_before_the_first_step();
}

void describe_task(Schema& s, Config& c) {
  s.field("scene_time", c.scene_time, "frames per scene").range(1, 1000).unit("frames");
  s.field("vec_len", c.vec_len, "components of a frame").range(1, 4096);
  s.field("VAR", c.VAR, "fraction of components flipped in the variations of a scene").range(0, 1);
  s.field("repeat_probability", c.repeat_probability,
          "of showing the scene R before again, where that one was new")
      .range(0, 1);
  s.choice("again", c.again, {{"frames", Again::frames}, {"fresh", Again::fresh}},
           "how a familiar scene is shown: by its frames in another order, or by variations not seen before");
  s.field("out_dim", c.out_dim, "output units").range(1, 1);
  s.choice(
      "rng", c.rng, {{"reference", Rng::reference}, {"fast", Rng::fast}},
      "sequences from torch's, Python's and NumPy's generators as in the original, or from one fast stream");
  s.field("data_file", c.data_file,
          "HDF5 file of sequences to show instead, one after the other: frames [sequence, scene, frame, "
          "component], -1 or 1, and labels [sequence, scene], 1 familiar, 0 novel; null: none")
      .must_exist()
      .read_before_the_first_step();
}

void describe_learning(Schema& s, Config& c) {
  s.field("lr", c.lr, "Adam step size").above(0).formerly("lr_rate").may_change();
  s.field("adam_betas", c.adam_betas, "Adam decay of both moments")
      .at_least(0)
      .below(1)
      .length(2, 2)
      .may_change();
  s.field("adam_eps", c.adam_eps, "Adam denominator offset").above(0).may_change();
  s.field("batch_size", c.batch_size, "sequences per iteration").range(1, 4096);
  s.choice("bce", c.bce, {{"reference", Bce::reference}, {"logits", Bce::logits}},
           "cross entropy of the output, whose gradient vanishes where it saturates, or of its logit");
  describe_backend(s, c.backend);
  s.choice("dtype", c.dtype, {{"float32", Arithmetic::float32}, {"float64", Arithmetic::float64}},
           "arithmetic of forward and backward pass; float64 takes the torch backend, and parameters stay "
           "float32");
}

void describe_curriculum(Schema& s, Config& c) {
  s.field("R_start", c.R_start, "first repeat interval").range(1, 100000).unit("scenes");
  s.field("R_increment", c.R_increment, "step of the repeat interval").range(1, 100000).unit("scenes");
  s.field("mixed_R", c.mixed_R,
          "every sequence has an interval of its own, from R_start to the one under way with equal chances");
  s.field("T_min", c.T_min, "least scenes of a sequence").range(1, 1e6).unit("scenes");
  s.field("T_per_R", c.T_per_R, "scenes of a sequence per repeat interval, where that is more")
      .range(1, 100000);
  s.field("acc_threshold", c.acc_threshold, "accuracy of a success").above(0).range(1e-9, 1).may_change();
  s.field("acc_num", c.acc_num, "iterations that must succeed").range(1, 1e6);
  s.choice("criterion", c.criterion,
           {{"consecutive", Criterion::consecutive}, {"running", Criterion::running}},
           "an interval is mastered after acc_num successes in a row, or when the mean accuracy of acc_num "
           "is one");
  s.field("max_iterations_per_R", c.max_iterations_per_R, "cap of an interval")
      .range(1, 1e12)
      .unit("iterations")
      .may_change();
  s.choice("on_cap", c.on_cap, {{"advance", OnCap::advance}, {"stop", OnCap::stop}},
           "what a capped interval brings")
      .may_change();
  s.field("reset_optimizer_per_R", c.reset_optimizer_per_R, "forget Adam's moments between intervals")
      .may_change();
  s.field("max_R", c.max_R, "last repeat interval; null: none").at_least(1).unit("scenes").may_change();
  s.field("max_total_iterations", c.max_total_iterations, "end of a run")
      .range(1, 1e12)
      .unit("iterations")
      .may_change();
  s.field("max_wall_seconds", c.max_wall_seconds, "end of the training by the clock; null: none")
      .above(0)
      .unit("s")
      .may_change();
  s.choice(
      "on_divergence", c.on_divergence, {{"stop", OnDivergence::stop}, {"drop", OnDivergence::drop}},
      "a run whose loss or gradient stops being finite: ends them all, with the results of what came before, "
      "or itself alone");
  s.field("n_runs", c.n_runs, "independent runs, with seeds seed, seed + 1, ..").range(1, 10000);
  s.field("log_every", c.log_every, "iterations from one record to the next")
      .range(1, 1e9)
      .unit("iterations");
}

bool is_rate(double value) { return value == 0 || value == 0.5 || value == 1; }

bool has_plastic_lists(NetworkType type) { return type <= NetworkType::Stack; }

void check_lists(const Config& c, Problems& problems) {
  const auto check = [&](const char* key, std::size_t length) {
    if (c.network_type == NetworkType::Nonl_RO || length == c.hidden_dims.size()) return;
    problems.add(key, "as many as hidden_dims", std::to_string(c.hidden_dims.size()) + " values",
                 std::to_string(length));
  };
  if (!has_plastic_lists(c.network_type)) return;
  check("plastic_types", c.plastic_types.size());
  check("hetero_rates", c.hetero_rates.size());
  for (const double rate : c.hetero_rates)
    if (!is_rate(rate)) problems.add("hetero_rates", "unknown kind", "1, 0.5 or 0", number_text(rate));
}

void check_hebbff(const Config& c, Problems& problems) {
  if (c.network_type != NetworkType::HebbFF) {
    if (c.eta_sign != Sign::free) problems.add("eta_sign", "of HebbFF alone", "free", "another");
    return;
  }
  if (c.hidden_dims.size() != 1)
    problems.add("hidden_dims", "HebbFF has one layer", "1 value", std::to_string(c.hidden_dims.size()));
  if (c.lambda_init && (*c.lambda_init < 0 || *c.lambda_init > 1))
    problems.add("lambda_init", "the decay of HebbFF itself", "0 to 1", number_text(*c.lambda_init));
  if (c.eta_scalar_init && c.eta_sign != Sign::free &&
      (*c.eta_scalar_init > 0) != (c.eta_sign == Sign::hebbian))
    problems.add("eta_scalar_init", "sign other than eta_sign says",
                 c.eta_sign == Sign::hebbian ? "above 0" : "below 0", number_text(*c.eta_scalar_init));
}

Rates rates_of(const Config& c, std::size_t i) {
  const bool chained = c.network_type == NetworkType::Memo || c.network_type == NetworkType::Dyn_RO;
  if (c.hetero_rates[i] == 1) return Rates::full;
  return c.hetero_rates[i] == 0.5 && (chained || c.strict) ? Rates::post : Rates::scalar;
}

// What changes P is for the first four; the others have their own.
void check_rules(const Config& c, Problems& problems) {
  if (has_plastic_lists(c.network_type)) return;
  const auto check = [&](const char* key, bool differs, const char* expected) {
    if (differs) problems.add(key, "of Memo, Dyn_RO, Nonl_RO and Stack", expected, "another");
  };
  check("change", c.change != Change::hebbian, "hebbian");
  check("bound", c.bound != Bound::none, "none");
  check("decays", c.decays != Rates::scalar, "layer");
  check("train_initial_P", c.train_initial_P, "false");
}

Memory memory_of(NetworkType type, std::size_t i) {
  switch (type) {
    case NetworkType::Static:
      return Memory::none;
    case NetworkType::RNN:
      return Memory::activity;
    case NetworkType::LSTM:
      return Memory::cell;
    case NetworkType::Dyn_RO:
      return i == 0 ? Memory::decaying : Memory::last_frame;
    case NetworkType::Nonl_RO:
      return i == 0 ? Memory::decaying : Memory::none;
    case NetworkType::Trace_RNN:
      return Memory::trace;
    case NetworkType::Modulated_RNN:
      return Memory::modulated;
    case NetworkType::Retroactive_RNN:
      return Memory::retroactive;
    case NetworkType::FastWeights:
      return Memory::fast_weights;
    case NetworkType::LinearAttention:
      return Memory::linear_attention;
    case NetworkType::DeltaRule:
      return Memory::delta_rule;
    case NetworkType::Transformer:
      return Memory::attention;
    default:
      return Memory::decaying;
  }
}

Phi phi_of(NetworkType type, std::size_t i, std::size_t layers) {
  switch (type) {
    case NetworkType::Stack:
    case NetworkType::HebbFF:
      return Phi::sigmoid;
    case NetworkType::Nonl_RO:
    case NetworkType::Static:
      return i == 0 ? Phi::tanh : Phi::sigmoid;
    case NetworkType::RNN:
      return Phi::tanh;
    default:
      return i + 1 < layers ? Phi::tanh : Phi::sigmoid;
  }
}

Start start_of(NetworkType type) {
  switch (type) {
    case NetworkType::HebbFF:
    case NetworkType::RNN:
    case NetworkType::Trace_RNN:
    case NetworkType::Modulated_RNN:
    case NetworkType::Retroactive_RNN:
    case NetworkType::FastWeights:
      return Start::gaussian;
    case NetworkType::LSTM:
      return Start::uniform;
    default:
      return Start::xavier;
  }
}

const char* name_of(NetworkType type) {
  switch (type) {
    case NetworkType::Memo:
      return "Memo";
    case NetworkType::Dyn_RO:
      return "Dyn_RO";
    case NetworkType::Nonl_RO:
      return "Nonl_RO";
    case NetworkType::Stack:
      return "Stack";
    case NetworkType::HebbFF:
      return "HebbFF";
    case NetworkType::RNN:
      return "RNN";
    case NetworkType::LSTM:
      return "LSTM";
    case NetworkType::Static:
      return "Static";
    case NetworkType::Trace_RNN:
      return "Trace_RNN";
    case NetworkType::Modulated_RNN:
      return "Modulated_RNN";
    case NetworkType::Retroactive_RNN:
      return "Retroactive_RNN";
    case NetworkType::FastWeights:
      return "FastWeights";
    case NetworkType::LinearAttention:
      return "LinearAttention";
    case NetworkType::DeltaRule:
      return "DeltaRule";
    case NetworkType::Transformer:
      return "Transformer";
  }
  return "";
}

// What the original has not, in the style of its folders.
std::string rule_name(const Config& c) {
  std::string name;
  if (c.change != Change::hebbian) name += c.change == Change::oja ? "-oja" : "-presynaptic";
  if (c.bound != Bound::none) name += c.bound == Bound::tanh ? "-tanh" : "-rows";
  if (c.decays != Rates::scalar) name += c.decays == Rates::post ? "-decay-0.5" : "-decay-1";
  if (c.again == Again::fresh) name += "-fresh";
  return name + (c.train_initial_P ? "-P0" : "");
}

template <class T, class Text>
std::string joined(const std::vector<T>& values, const Text& text) {
  std::string all;
  for (const T& value : values) all += (all.empty() ? "" : "_") + text(value);
  return all;
}

}  // namespace

double Config::chance_at(int R) const { return chance(task(), R, scenes(R)); }

ModelSpec Config::spec() const {
  ModelSpec network;
  network.d = vec_len;
  network.stacked = network_type == NetworkType::Stack;
  network.start = start_of(network_type);
  int below = vec_len;
  for (std::size_t i = 0; i < hidden_dims.size(); ++i) {
    Layer layer;
    layer.n = hidden_dims[i];
    layer.m = network.stacked ? vec_len : below;
    layer.memory = memory_of(network_type, i);
    layer.phi = phi_of(network_type, i, hidden_dims.size());
    if (network_type == NetworkType::HebbFF)
      layer.rule = Rule::additive, layer.rates = Rates::scalar, layer.decay = Decay::direct,
      layer.sign = eta_sign;
    else if (layer.plastic())
      layer.rule = plastic_types[i] == "M" ? Rule::multiplicative : Rule::additive,
      layer.rates = rates_of(*this, i), layer.change = change, layer.bound = bound;
    if (has_plastic_lists(network_type) && layer.memory == Memory::decaying)
      layer.decays = decays, layer.learned_start = train_initial_P;
    below = layer.n;
    network.layers.push_back(layer);
  }
  return network;
}

// HebbFF's published start: plastic.md 1.1.
InitialValues Config::initial_values() const {
  const bool hebbff = network_type == NetworkType::HebbFF;
  const double eta = 5.0 / vec_len * (eta_sign == Sign::hebbian ? 1 : -1);
  const double rate = eta_scalar_init.value_or(hebbff ? eta : -0.5);
  return {lambda_init.value_or(hebbff ? 0.99 : 1.0),
          eta_sign == Sign::free ? rate : std::log(std::abs(rate))};
}

std::string Config::reference_name() const {
  const auto text = [](const auto& values) { return joined(values, number_text); };
  const std::string letters = joined(plastic_types, [](const std::string& t) { return t; });
  const bool lists = has_plastic_lists(network_type);
  return std::string(name_of(network_type)) + (lists ? "-" + letters : "") + "-in" + std::to_string(vec_len) +
         "-hid" + text(std::vector<double>(hidden_dims.begin(), hidden_dims.end())) +
         (lists ? "-eta-" + text(hetero_rates) : "") + "-fr-" + std::to_string(scene_time) + "-var" +
         number_text(VAR) + rule_name(*this);
}

std::vector<UnusedKey> without_effect(const Config& c) {
  const ModelSpec network = c.spec();
  const auto any = [&](auto property) { return std::ranges::any_of(network.layers, property); };
  const bool stacked = c.network_type == NetworkType::Nonl_RO || c.network_type == NetworkType::Stack;
  const std::string plastic = "a network_type with plastic synapses";
  return unused_keys(
      c, {{{"plastic_types", "hetero_rates"},
           has_plastic_lists(c.network_type),
           "a network_type whose layers have rates of their own"},
          {{"strict"}, stacked, "network_type: Nonl_RO or Stack"},
          {{"lambda_init"}, any([](const Layer& layer) { return layer.plastic(); }), plastic},
          {{"eta_scalar_init"},
           any([](const Layer& layer) { return layer.plastic() && layer.rates == Rates::scalar; }),
           plastic + " of one learning rate"},
          {{"lambda_init", "eta_scalar_init"}, !c.init_file, "no init_file"},
          {{"rng", "again", "mixed_R"}, !c.data_file, "no data_file"},
          {{"again"}, c.task().flips() > 0, "a VAR that flips a component"}});
}

void describe(Schema& schema, Config& c) {
  describe_network(schema, c);
  describe_task(schema, c);
  describe_learning(schema, c);
  describe_curriculum(schema, c);
  schema.group("eval", c.eval, "how tsd analyze tries models on other repeat intervals");
  schema.group("record_states", c.record_states, "what tsd analyze records of models at work");
}

void check(const Config& c, Problems& problems) {
  check_lists(c, problems);
  check_hebbff(c, problems);
  check_rules(c, problems);
  if (c.dtype == Arithmetic::float64 && c.backend == BackendChoice::native)
    problems.add("backend", "has no dtype float64", "auto or torch", "native");
  else if (c.backend == BackendChoice::native && problems.all().empty() && !c.spec().native())
    problems.add("backend", "has no such layers or rules", "auto or torch", "native");
  if (!c.data_file && c.chance_at(c.R_start) == 1)
    problems.add(
        c.repeat_probability == 0 ? "repeat_probability" : "R_start",
        "no scene is ever familiar, and a network that calls all of them novel masters every interval",
        c.repeat_probability == 0 ? "above 0" : "below the scenes of a sequence, T_min or T_per_R R_start",
        c.repeat_probability == 0 ? "0" : std::to_string(c.R_start));
  if (c.max_R && *c.max_R < c.R_start)
    problems.add("max_R", "below the first interval", "at least R_start " + std::to_string(c.R_start),
                 std::to_string(*c.max_R));
}

}  // namespace tsd::plastic
