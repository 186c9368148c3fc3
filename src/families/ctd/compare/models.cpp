#include "families/ctd/compare/models.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "families/ctd/shared/facts.hpp"
#include "families/ctd/shared/values.hpp"
#include "tsd/error.hpp"
#include "tsd/io/hash.hpp"

namespace tsd::compare {
namespace {

namespace fs = std::filesystem;

// Runs of a sweep have numbers.
std::vector<std::string> runs_below(const fs::path& directory) {
  std::map<long, std::string> found;
  for (const auto& entry : fs::directory_iterator(directory)) {
    const std::string name = entry.path().filename().string();
    const bool number = !name.empty() && name.find_first_not_of("0123456789") == std::string::npos;
    if (number && fs::exists(entry.path() / "results.h5"))
      found[std::stol(name)] = (entry.path() / "results.h5").string();
  }
  std::vector<std::string> files;
  for (const auto& [index, file] : found) files.push_back(file);
  return files;
}

std::vector<std::string> files_of(const std::string& path) {
  if (!fs::is_directory(path)) return {path};
  if (fs::exists(fs::path(path) / "results.h5")) return {(fs::path(path) / "results.h5").string()};
  auto files = runs_below(path);
  if (files.empty())
    throw MissingInput(path + ": neither a finished run (results.h5) nor a directory of such");
  return files;
}

// "results/sweep/3/results.h5" -> "3"; "results/run/results.h5" -> "run"; "fits/slds.h5" -> "slds"
std::string label_of(const fs::path& file) {
  return file.filename() == "results.h5" ? file.parent_path().filename().string() : file.stem().string();
}

void expect_like(const Series& got, const Series& like, int width, const std::string& file, const char* name,
                 const std::string& reference) {
  if (got.trials != like.trials || got.steps != like.steps || (width > 0 && got.width != width))
    throw DataError(file + ": " + name + ": expected " + std::to_string(like.trials) + " trials of " +
                    std::to_string(like.steps) + " steps" +
                    (width > 0 ? " and " + std::to_string(width) + " columns" : "") + " as in " + reference +
                    ", got shape " + to_string(got.shape()));
}

// One part of the trials; `prefix`: train or eval.
struct PartOf {
  const Hdf5Reader& file;
  const Model& model;
  const Reference& reference;
  std::string prefix;
  const Series& like;
  std::string group = "/";

  Series read(const char* name, int width) const {
    const std::string dataset = group + prefix + "_" + name;
    Series s = read_series(file, model.file, dataset);
    expect_like(s, like, width, model.file, dataset.c_str(), reference.source);
    return s;
  }
};

// Models of ctd_data name the content of the recording they were fitted to.
void expect_same_recording(const Hdf5Reader& file, const std::string& path, const Reference& reference,
                           std::string& digest) {
  if (!file.exists("/data") || !file.has_attribute("/data", "sha256")) return;
  if (digest.empty()) digest = sha256_of_file(reference.source);
  if (file.text_attribute("/data", "sha256") != digest)
    throw DataError(path + ": expected a model of the recording " + reference.source +
                    ", got one of another, named " + file.text_attribute("/data", "file") + " there");
}

Model read_header(const std::string& path, const Reference& reference, std::string& digest) {
  const Hdf5Reader file(path);
  expect_same_recording(file, path, reference, digest);
  Model m;
  m.file = path;
  for (const char* name : {"/train_rates", "/train_latents"})
    if (!file.exists(name)) throw DataError(path + ": dataset " + name + " is missing");
  const PartOf val{file, m, reference, "eval", reference.val_latents};
  const Series rates = val.read("rates", reference.neurons());
  m.units = val.read("latents", 0).width;
  m.external_inputs = reference.val_inputs.width;
  m.name = m.group = label_of(path);
  m.of_tsd = file.has_attribute("/", "filetype");
  if (!m.of_tsd) {
    const Series train =
        PartOf{file, m, reference, "train", reference.train_latents}.read("rates", reference.neurons());
    ctd::check_rates(train.values, train.shape(), path + ": /train_rates", true);
    ctd::check_rates(rates.values, rates.shape(), path + ": /eval_rates", true);
  }
  if (!file.exists("/params")) return m;
  m.cell = ctd::read_cell(file, path);
  if (m.cell->units() != m.units)
    throw DataError(path + ": a cell of " + std::to_string(m.cell->units()) + " units with latents of " +
                    std::to_string(m.units));
  if (file.exists("/eval_inferred_inputs")) m.inferred_inputs = val.read("inferred_inputs", 0).width;
  m.external_inputs = m.cell->inputs() - m.inferred_inputs;
  m.group = ctd::kind_of(m.cell->type) + std::to_string(m.units);
  const std::string seed = ctd::seed_of(file);
  m.name = m.group + (seed.empty() ? "" : "_s" + seed);
  return m;
}

void name_models(const ModelSettings& settings, std::vector<Model>& models) {
  if (!settings.names.empty()) {
    if (settings.names.size() != models.size())
      throw ConfigError("models.names: expected one for each of " + std::to_string(models.size()) +
                        " models, got " + std::to_string(settings.names.size()));
    for (std::size_t k = 0; k < models.size(); ++k) {
      models[k].name = settings.names[k];
      models[k].group = settings.groups.empty() ? models[k].group : settings.groups[k];
    }
    return;
  }
  std::map<std::string, int> times;
  for (const Model& m : models) ++times[m.name];
  std::set<std::string> distinct;
  for (Model& m : models) {
    if (times[m.name] > 1) m.name += "_" + label_of(m.file);
    if (!distinct.insert(m.name).second)
      throw ConfigError(m.file + ": two models would be called " + m.name + "; expected models.names");
  }
}

}  // namespace

std::vector<Model> find_models(const ModelSettings& settings, const Reference& reference,
                               EvalDropout dropout) {
  std::vector<Model> models;
  std::string digest;  // of the recording, once it is asked for
  for (const std::string& path : settings.files)
    for (const std::string& file : files_of(path)) models.push_back(read_header(file, reference, digest));
  for (const Model& m : models)
    if (dropout == EvalDropout::reference && m.cell && !Hdf5Reader(m.file).exists("/dropout/eval_rates"))
      throw DataError(m.file + ": no outputs with dropout on; expected a run of ctd_data with " +
                      "eval_dropout=reference, or metrics.eval_dropout=none here");
  name_models(settings, models);
  return models;
}

namespace {

ModelData read_data(const Model& model, const Reference& reference, const std::string& group, bool rates) {
  const Hdf5Reader file(model.file);
  ModelData data;
  for (const bool train : {true, false}) {
    const PartOf part{file,
                      model,
                      reference,
                      train ? "train" : "eval",
                      train ? reference.train_latents : reference.val_latents,
                      group};
    (train ? data.train_latents : data.val_latents) = part.read("latents", model.units);
    if (rates) (train ? data.train_rates : data.val_rates) = part.read("rates", reference.neurons());
    if (model.inferred_inputs > 0)
      (train ? data.train_inferred : data.val_inferred) = part.read("inferred_inputs", model.inferred_inputs);
  }
  return data;
}

}  // namespace

ModelData read_latents(const Model& model, const Reference& reference) {
  return read_data(model, reference, "/", false);
}

ModelData read_model(const Model& model, const Reference& reference, Evaluation which) {
  return read_data(model, reference, which == Evaluation::dropout && model.cell ? "/dropout/" : "/", true);
}

}  // namespace tsd::compare
