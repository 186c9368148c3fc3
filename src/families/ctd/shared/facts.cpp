#include "families/ctd/shared/facts.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include "families/ctd/shared/cells.hpp"
#include "tsd/engine/yaml/flat_yaml.hpp"
#include "tsd/error.hpp"

namespace tsd::ctd {

namespace {

struct Kind {
  const char* name;
  nn::CellType type;
  const char* parameters;  // where they stand below /params
};
constexpr std::array kKinds = {
    Kind{"gru", nn::CellType::gru, "decoder.cell."}, Kind{"vanilla", nn::CellType::vanilla, "decoder.cell."},
    Kind{"node", nn::CellType::node, "decoder.cell.vf_net."}, Kind{"lds", nn::CellType::lds, "decoder.cell."},
    Kind{"lfads", nn::CellType::clipped_gru, "decoder.rnn.cell.gen_cell."}};

const Kind& kind(nn::CellType type) { return *std::ranges::find(kKinds, type, &Kind::type); }

// Results of earlier versions tell by their configuration alone.
class FormerConfig {
 public:
  explicit FormerConfig(const Hdf5Reader& results)
      : values_(flat_yaml(results.text("/provenance/config_yaml"))) {}

  std::string text(const std::string& key) const {
    const auto found = values_.find(key);
    return found == values_.end() ? "" : found->second;
  }
  double number(const std::string& key, double otherwise) const {
    const std::string value = text(key);
    return value.empty() ? otherwise : std::stod(value);
  }

 private:
  std::map<std::string, std::string> values_;
};

// ctd_task.md 3
NetworkNoise former_noise(const FormerConfig& config) {
  const std::string type = config.text("model.type");
  NetworkNoise noise;
  if (type.find("GRU") != std::string::npos) noise.initial = config.number("model.latent_ic_var", 0);
  if (type.starts_with("NoisyGRU")) noise.step = config.number("model.noise_level", 0);
  noise.input =
      config.number(config.text("task") == "NBFF" ? "nbff.dynamic_noise" : "multitask.dynamic_noise", 0);
  return noise;
}

std::pair<std::string, double> former_cell(const FormerConfig& config) {
  const std::string family = config.text("model.family");
  return {family == "lfads" ? family : config.text("model.cell"),
          config.number("model.cell_clip", nn::CellParameters().clip)};
}

}  // namespace

void write(Hdf5Writer& results, const NetworkNoise& noise) {
  results.attribute("/runs", "noise_initial", noise.initial);
  results.attribute("/runs", "noise_step", noise.step);
  results.attribute("/runs", "noise_input", noise.input);
}

std::optional<NetworkNoise> read_noise(const Hdf5Reader& results) {
  const auto number = [&](const char* name) { return results.number_attribute("/runs", name); };
  if (results.has_attribute("/runs", "noise_step"))
    return NetworkNoise{number("noise_initial"), number("noise_step"), number("noise_input")};
  if (!results.exists("/provenance/config_yaml")) return std::nullopt;
  return former_noise(FormerConfig(results));
}

void write(Hdf5Writer& results, const FittedCell& cell) {
  results.attribute("/params", "cell", kind_of(cell.type));
  if (cell.type == nn::CellType::clipped_gru) results.attribute("/params", "cell_clip", cell.clip);
}

nn::CellParameters read_cell(const Hdf5Reader& results, const std::string& source) {
  std::string name;
  double clip = 0;
  if (!results.has_attribute("/params", "cell"))
    std::tie(name, clip) = former_cell(FormerConfig(results));
  else if (name = results.text_attribute("/params", "cell"); results.has_attribute("/params", "cell_clip"))
    clip = results.number_attribute("/params", "cell_clip");
  const auto found = std::ranges::find(kKinds, name, [](const Kind& k) { return std::string(k.name); });
  if (found == kKinds.end())
    throw DataError(source + ": expected a model with a cell gru, vanilla, node or lds, or lfads, got " +
                    name);
  std::string prefix = std::string("/params/") + found->parameters;
  if (name == "lfads" && !results.exists(prefix + "weight_hh"))
    prefix = "/params/decoder.gen_cell.";  // earlier
  const Lookup below = [&](const std::string& parameter) {
    return results.exists(prefix + parameter) ? std::optional(results.dataset(prefix + parameter))
                                              : std::nullopt;
  };
  if (found->type == nn::CellType::node) return node_cell(below, source);
  nn::CellParameters cell = gated_cell(found->type, below, source);
  if (found->type == nn::CellType::clipped_gru) cell.clip = clip;
  return cell;
}

std::string kind_of(nn::CellType type) { return kind(type).name; }

std::string seed_of(const Hdf5Reader& results) {
  if (results.has_attribute("/", "seed"))
    return std::to_string(static_cast<std::int64_t>(results.number_attribute("/", "seed")));
  return FormerConfig(results).text("seed");
}

}  // namespace tsd::ctd
