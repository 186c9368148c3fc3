#include "tsd/engine/run/checkpoint.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <system_error>

#include "tsd/engine/run/log.hpp"
#include "tsd/engine/run/provenance.hpp"
#include "tsd/error.hpp"
#include "tsd/io/safetensors.hpp"

namespace tsd {
namespace {

constexpr const char* kFormatVersion = "1";
constexpr const char* kKept = "kept ";        // and the name of weights that were kept until then
constexpr const char* kRows = "metrics.csv";  // an array of the checkpoint beside the experiment's own

using Metadata = std::map<std::string, std::string>;

const std::string& entry(const Metadata& metadata, const std::string& key,
                         const std::filesystem::path& path) {
  const auto found = metadata.find(key);
  if (found == metadata.end())
    throw DataError(path.string() + ": not a checkpoint of tsd: no " + key + " in its header");
  return found->second;
}

template <class T>
T number(const Metadata& metadata, const std::string& key, const std::filesystem::path& path) {
  const auto& text = entry(metadata, key, path);
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    throw DataError(path.string() + ": header entry " + key + ": expected a number, got '" + text + "'");
  return value;
}

void require(const Metadata& metadata, const std::string& key, const std::string& expected,
             const std::filesystem::path& path) {
  const auto& got = entry(metadata, key, path);
  if (got != expected)
    throw DataError(path.string() + ": " + key + ": expected " + expected + ", got " + got +
                    " (written by tsd " + entry(metadata, "tsd_version", path) + ")");
}

Array rows_array(const std::string& text) {
  return make_array<std::uint8_t>(kRows, {text.begin(), text.end()});
}

std::optional<std::string> take_rows(Arrays& arrays) {
  const auto found = std::ranges::find(arrays, kRows, &Array::name);
  if (found == arrays.end()) return std::nullopt;
  const auto bytes = found->as<std::uint8_t>();
  std::string text(bytes.begin(), bytes.end());
  arrays.erase(found);
  return text;
}

void require_family(const Metadata& metadata, const std::string& family, const std::filesystem::path& path) {
  require(metadata, "format_version", kFormatVersion, path);
  require(metadata, "family", family, path);
}

Checkpoint checkpoint_of(TensorFile& content, const std::filesystem::path& path) {
  const Metadata& metadata = content.metadata;
  Checkpoint checkpoint;
  checkpoint.step = number<std::int64_t>(metadata, "step", path);
  if (metadata.contains("best_score")) checkpoint.best_score = number<double>(metadata, "best_score", path);
  if (metadata.contains("best")) checkpoint.best = number<double>(metadata, "best", path);
  checkpoint.metrics = {number<std::int64_t>(metadata, "metrics_bytes", path),
                        entry(metadata, "metrics_xxh3_128", path)};
  checkpoint.rows = take_rows(content.arrays);
  checkpoint.state = std::move(content.arrays);
  return checkpoint;
}

void move(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::error_code error;
  std::filesystem::rename(from, to, error);
  if (error)
    throw IoError(from.string() + ": cannot rename to " + to.filename().string() + ": " + error.message());
}

void sync_directory(const std::filesystem::path& directory) {
  const int descriptor = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool good = descriptor >= 0 && fsync(descriptor) == 0;
  const int error = errno;
  if (descriptor >= 0) close(descriptor);
  if (!good) throw IoError(directory.string() + ": cannot sync: " + std::strerror(error));
}

}  // namespace

Checkpoints::Checkpoints(std::filesystem::path directory, std::string family, std::string config_sha256,
                         std::vector<Input> inputs)
    : directory_(std::move(directory)),
      family_(std::move(family)),
      config_sha256_(std::move(config_sha256)),
      inputs_(std::move(inputs)) {}

void Checkpoints::save(const Checkpoint& checkpoint) {
  if (saved_) must_be_there("last");
  require_kept();
  TensorFile content{checkpoint.state,
                     {{"format_version", kFormatVersion},
                      {"tsd_version", build_info().version},
                      {"family", family_},
                      {"config_sha256", config_sha256_},
                      {"step", std::to_string(checkpoint.step)},
                      {"metrics_bytes", std::to_string(checkpoint.metrics.bytes)},
                      {"metrics_xxh3_128", checkpoint.metrics.xxh3_128}}};
  for (const Input& input : inputs_) content.metadata["input " + input.key] = input.sha256;
  for (const std::string& name : kept_) content.metadata[kKept + name] = "";
  if (checkpoint.rows) content.arrays.push_back(rows_array(*checkpoint.rows));
  if (checkpoint.best) content.metadata["best"] = shortest(*checkpoint.best);
  if (checkpoint.best_score) content.metadata["best_score"] = shortest(*checkpoint.best_score);
  write_safetensors(file("next"), content);
  if (std::filesystem::exists(file("last"))) move(file("last"), file("prev"));
  move(file("next"), file("last"));
  sync_directory(directory_);
  saved_ = true;
}

void Checkpoints::must_be_there(const std::string& name) const {
  if (!std::filesystem::exists(file(name)))
    throw IoError(file(name).string() + ": was removed while the run went on");
}

void Checkpoints::require_kept() const {
  for (const std::string& name : kept_) must_be_there(name);
}

void restore(Experiment& experiment, const Checkpoint& checkpoint, const std::filesystem::path& run) {
  const auto refuse = [&](const std::exception& error) {
    throw DataError(run.string() + ": the checkpoint does not fit: " + error.what() + kOtherVersion);
  };
  try {
    experiment.restore(checkpoint.state);
  } catch (const DataError& error) {
    refuse(error);
  } catch (const std::logic_error& error) {
    refuse(error);
  }
}

bool Checkpoints::any() const {
  return std::filesystem::exists(file("last")) || std::filesystem::exists(file("prev"));
}

std::optional<Checkpoint> Checkpoints::load() {
  std::optional<Checkpoint> checkpoint;
  try {
    checkpoint = load("last");
    if (!checkpoint && (checkpoint = load("prev")))
      log_warning(file("last").string() + " is missing; going on from the checkpoint before it");
  } catch (const DataError& damage) {
    if (!std::filesystem::exists(file("prev"))) throw;
    log_warning(std::string(damage.what()) + "; trying the checkpoint before it");
    checkpoint = load("prev");
  }
  tell_missing();
  return checkpoint;
}

// They are of earlier steps, and cannot be made again from here.
void Checkpoints::tell_missing() {
  std::erase_if(kept_, [&](const std::string& name) {
    if (std::filesystem::exists(file(name))) return false;
    log_warning(file(name).string() +
                " is missing, which the run had kept; without the run's folder the same "
                "command begins anew, and makes it again");
    return true;
  });
}

std::optional<Checkpoint> Checkpoints::load(const std::string& name) {
  const auto path = file(name);
  if (!std::filesystem::exists(path)) return std::nullopt;
  auto content = read_safetensors(path, Checksum::required);
  require_family(content.metadata, family_, path);
  require(content.metadata, "config_sha256", config_sha256_, path);
  for (const Input& input : inputs_) require(content.metadata, "input " + input.key, input.sha256, path);
  kept_.clear();
  for (const auto& [key, value] : content.metadata)
    if (key.starts_with(kKept)) kept_.insert(key.substr(std::string_view(kKept).size()));
  return checkpoint_of(content, path);
}

std::pair<Checkpoint, std::string> read_checkpoint(const std::filesystem::path& file,
                                                   const std::string& family) {
  auto content = read_safetensors(file, Checksum::required);
  require_family(content.metadata, family, file);
  std::string digest = entry(content.metadata, "config_sha256", file);
  return {checkpoint_of(content, file), std::move(digest)};
}

KeptWeights read_weights(const std::filesystem::path& file, const std::string& family) {
  auto content = read_safetensors(file, Checksum::required);
  require_family(content.metadata, family, file);
  KeptWeights weights;
  weights.step = number<std::int64_t>(content.metadata, "step", file);
  if (content.metadata.contains("score")) weights.score = number<double>(content.metadata, "score", file);
  weights.arrays = std::move(content.arrays);
  return weights;
}

void Checkpoints::save_weights(const std::string& name, std::int64_t step, std::optional<double> score,
                               Arrays weights) {
  TensorFile content{std::move(weights),
                     {{"format_version", kFormatVersion},
                      {"tsd_version", build_info().version},
                      {"family", family_},
                      {"config_sha256", config_sha256_},
                      {"step", std::to_string(step)}}};
  if (score) content.metadata["score"] = shortest(*score);
  write_safetensors(file(name), content);
  kept_.insert(name);
}

std::optional<Arrays> Checkpoints::load_weights(const std::string& name) const {
  if (!std::filesystem::exists(file(name))) return std::nullopt;
  auto content = read_safetensors(file(name), Checksum::required);
  require(content.metadata, "config_sha256", config_sha256_, file(name));
  return std::move(content.arrays);
}

}  // namespace tsd
